//! Search for the largest value at which something still holds.

/// Halvings or doublings from the start, at most.
const STEPS: u32 = 40;

/// What is known of the largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bracket {
    /// The largest value at which it was seen to hold; 0 when it never did.
    pub(super) holds: f64,
    /// The smallest value above at which it was seen not to; `None` when `most` still held.
    pub(super) fails: Option<f64>,
}

/// Doubles or halves from `start` until both an answer yes and an answer no are known, then bisects on
/// a logarithmic scale until they are within `tolerance` of each other. Never asks beyond `most` or
/// below `least`.
pub(super) fn largest<E>(
    [least, start, most]: [f64; 3],
    tolerance: f64,
    mut holds: impl FnMut(f64) -> Result<bool, E>,
) -> Result<Bracket, E> {
    let mut at = start.clamp(least, most);
    let (mut good, mut bad) = (0.0, None);
    for _ in 0..STEPS {
        if holds(at)? {
            good = at;
            if at >= most || bad.is_some() {
                break;
            }
            at = (at * 2.0).min(most);
        } else {
            bad = Some(at);
            if at <= least || good > 0.0 {
                break;
            }
            at = (at / 2.0).max(least);
        }
    }
    while let Some(high) = bad.filter(|high| good > 0.0 && *high > good * (1.0 + tolerance)) {
        let middle = (good * high).sqrt();
        if holds(middle)? {
            good = middle;
        } else {
            bad = Some(middle);
        }
    }
    Ok(Bracket { holds: good, fails: bad })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(limit: f64, start: f64) -> (Bracket, u32) {
        let mut asked = 0;
        let found = largest([0.01, start, 1e6], 0.02, |at| {
            asked += 1;
            Ok::<_, ()>(at <= limit)
        });
        (found.unwrap(), asked)
    }

    #[test]
    fn the_limit_is_found_from_above_and_from_below() {
        for start in [1.0, 12_345.0, 1e6] {
            let (found, asked) = search(777.0, start);
            assert!(found.holds <= 777.0 && found.holds * 1.02 >= 777.0 / 1.02, "{found:?}");
            assert!(
                found.fails.unwrap() > 777.0 && found.fails.unwrap() <= found.holds * 1.02 + 1e-9
            );
            assert!(asked < 25, "{asked}");
        }
    }

    #[test]
    fn what_always_or_never_holds_has_an_end_too() {
        assert_eq!(search(1e9, 1.0).0, Bracket { holds: 1e6, fails: None });
        assert_eq!(search(0.0, 1.0).0, Bracket { holds: 0.0, fails: Some(0.01) });
    }
}
