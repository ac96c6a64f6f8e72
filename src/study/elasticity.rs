//! What varying a parameter does to figures.

use crate::math;
use crate::scenario::{LevelValue, Varied, level_value};
use crate::study::figure::short;
use crate::study::verdict::{Observed, told};

/// What varying a parameter does to the figure, and to those beside it.
pub(super) fn sensitivity(varied: &Varied, points: &[(&str, Observed)]) -> String {
    let mut said = vec![format!("a parameter here: {}", varied.key)];
    for (value, seen) in points {
        let shown = seen.figure.value.map_or("-".to_owned(), short);
        let mut text = format!("{value}: {shown}");
        for effect in &seen.effects {
            text += ", ";
            text += &told(effect);
        }
        said.push(text);
    }
    let elasticity = |of: &dyn Fn(&Observed) -> Option<f64>| elasticity(points, of);
    if let Some(slope) = elasticity(&|seen| seen.figure.value) {
        said.push(format!("1 % more of it moves the figure by {slope:.2} %"));
    }
    let effects = points.first().map_or(0, |(_, seen)| seen.effects.len());
    for number in 0..effects {
        let slope = elasticity(&|seen| seen.effects.get(number)?.1.value);
        if let (Some(slope), Some((_, seen))) = (slope, points.first()) {
            said.push(format!("and {} by {slope:.2} %", seen.effects[number].0));
        }
    }
    if let Some((_, seen)) = points.first().filter(|(_, seen)| !seen.binding.is_empty()) {
        said.push(seen.binding.clone());
    }
    said.join("; ")
}

/// The slope of ln figure over ln parameter, where both are positive numbers.
#[expect(clippy::cast_precision_loss, reason = "few points")]
fn elasticity(points: &[(&str, Observed)], of: &dyn Fn(&Observed) -> Option<f64>) -> Option<f64> {
    let number = |text: &str| {
        [text.to_owned(), format!("\"{text}\"")].iter().find_map(|text| match level_value(text) {
            LevelValue::Number(number, _) if number > 0.0 => Some(number),
            _ => None,
        })
    };
    let logs: Option<Vec<_>> = points
        .iter()
        .map(|(value, seen)| {
            let figure = of(seen).filter(|figure| *figure > 0.0)?;
            Some((math::ln(number(value)?), math::ln(figure)))
        })
        .collect();
    let logs = logs?;
    let n = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let across: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let along: f64 = logs.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    (along > 0.0).then(|| across / along)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::figure::Figure;

    fn seen(value: f64) -> Observed {
        let figure = Figure { value: Some(value), ends: None };
        Observed { figure, effects: Vec::new(), binding: String::new() }
    }

    #[test]
    fn the_elasticity_of_a_square_is_two() {
        let points = [("1 s", seen(3.0)), ("2 s", seen(12.0)), ("4 s", seen(48.0))];
        let slope = elasticity(&points, &|seen| seen.figure.value).expect("three numbers");
        assert!((slope - 2.0).abs() < 1e-12, "{slope}");
        let words = [("hermez", seen(3.0)), ("seed", seen(12.0))];
        assert_eq!(elasticity(&words, &|seen| seen.figure.value), None);
        let varied = Varied { key: "k".to_owned(), values: Vec::new() };
        let text = sensitivity(&varied, &points);
        assert!(text.contains("1 % more of it moves the figure by 2.00 %"), "{text}");
    }
}
