//! Search for the largest value at which something still holds.

use crate::math;

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

/// What was seen at one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    /// Whether it holds there.
    pub(super) holds: bool,
    /// Where the limit may lie, as far as that run can tell. It only decides what is asked next, and may be
    /// far off: a wrong one costs a question or two.
    pub(super) hint: Option<f64>,
}

/// Doubles or halves from `start` until both an answer yes and an answer no are known, then bisects on
/// a logarithmic scale until they are within `tolerance` of each other. Where an answer hints at the limit,
/// values just above and below it are asked before that. Never asks beyond `most` or below `least`.
pub(super) fn largest<E>(
    bounds: [f64; 3],
    tolerance: f64,
    mut ask: impl FnMut(f64) -> Result<Trial, E>,
) -> Result<Bracket, E> {
    let (found, hint) = bracket(bounds, 1.0 + tolerance, &mut ask)?;
    narrow(found, hint, 1.0 + tolerance, &mut ask)
}

/// Both answers, where there are both, and what the last one hinted at.
fn bracket<E>(
    [least, start, most]: [f64; 3],
    apart: f64,
    ask: &mut impl FnMut(f64) -> Result<Trial, E>,
) -> Result<(Bracket, Option<f64>), E> {
    let mut found = Bracket { holds: 0.0, fails: None };
    let mut hint = None;
    let mut at = start.clamp(least, most);
    // A hint that has led to a value at which it still holds is not followed again.
    let mut followed = false;
    for _ in 0..STEPS {
        let answer = ask(at)?;
        hint = answer.hint;
        if answer.holds {
            found.holds = at;
            if at >= most || found.fails.is_some() {
                break;
            }
            let above = hint.map(|hint| hint * apart.sqrt());
            let above = above.filter(|above| !followed && (at * apart..at * 2.0).contains(above));
            let step = if followed { apart * apart } else { 2.0 };
            at = above.unwrap_or(at * step).min(most);
            followed = above.is_some();
        } else {
            found.fails = Some(at);
            if at <= least || found.holds > 0.0 {
                break;
            }
            at = (at / 2.0).max(least);
        }
    }
    Ok((found, hint))
}

/// Brings both answers close to each other.
fn narrow<E>(
    mut found: Bracket,
    mut hint: Option<f64>,
    apart: f64,
    ask: &mut impl FnMut(f64) -> Result<Trial, E>,
) -> Result<Bracket, E> {
    /// Hints followed one after the other, at most: each may be only a little below the last.
    const HINTS: u32 = 2;
    let mut hints = 0;
    while let Some(high) = found.fails.filter(|high| *high > found.holds * apart) {
        if found.holds <= 0.0 {
            break;
        }
        // With the value above the hint that was asked before, close enough to end.
        let near = hint.take().filter(|_| hints < HINTS).map(|hint| hint / math::pow(apart, 0.4));
        let near = near.filter(|near| found.holds < *near && *near < high);
        hints = if near.is_some() { hints + 1 } else { 0 };
        let at = near.unwrap_or((found.holds * high).sqrt());
        let answer = ask(at)?;
        if answer.holds {
            found.holds = at;
        } else {
            found.fails = Some(at);
            hint = answer.hint;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches 777 or another limit, told where it is by `hint`.
    fn search(limit: f64, start: f64, hint: impl Fn(f64) -> Option<f64>) -> (Bracket, u32) {
        let mut asked = 0;
        let found = largest([0.01, start, 1e6], 0.02, |at| {
            asked += 1;
            Ok::<_, ()>(Trial { holds: at <= limit, hint: hint(at) })
        });
        (found.unwrap(), asked)
    }

    fn is_close(found: Bracket, limit: f64) {
        let fails = found.fails.unwrap();
        assert!(found.holds <= limit && fails > limit, "{found:?}");
        assert!(fails <= found.holds * 1.02 + 1e-9, "{found:?}");
    }

    #[test]
    fn the_limit_is_found_from_above_and_from_below() {
        for start in [1.0, 12_345.0, 1e6] {
            let (found, asked) = search(777.0, start, |_| None);
            is_close(found, 777.0);
            assert!(asked < 25, "{asked}");
        }
    }

    #[test]
    fn what_always_or_never_holds_has_an_end_too() {
        assert_eq!(search(1e9, 1.0, |_| None).0, Bracket { holds: 1e6, fails: None });
        assert_eq!(search(0.0, 1.0, |_| None).0, Bracket { holds: 0.0, fails: Some(0.01) });
    }

    #[test]
    fn a_good_hint_saves_questions_and_a_bad_one_misleads_nobody() {
        let (found, asked) = search(777.0, 500.0, |_| Some(777.0));
        is_close(found, 777.0);
        let (_, plain) = search(777.0, 500.0, |_| None);
        assert!(asked <= 3 && plain >= 7, "{asked} and {plain}");
        for wrong in [0.0, 1.0, 600.0, 760.0, 790.0, 900.0, 1e9] {
            let (found, asked) = search(777.0, 500.0, |_| Some(wrong));
            is_close(found, 777.0);
            assert!(asked <= 16, "{wrong}: {asked}");
        }
        // Always a little below what was asked.
        let (found, asked) = search(777.0, 500.0, |at| Some(at * 0.999));
        is_close(found, 777.0);
        assert!(asked <= 25, "{asked}");
    }
}
