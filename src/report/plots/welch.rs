//! Welch's plot of a sweep: how a figure goes over the run, averaged over replications, and where MSER-5
//! would cut the warm-up off.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{Reader, StringRecord};

use crate::report::error::OutputError;
use crate::report::layout::title;
use crate::report::plots::axis::{Axis, si};
use crate::report::plots::chart::{BLUE, Chart, GREY, Marks, ORANGE, Panels, Picture, Series};

/// Panels of one picture: points beyond are left out, and the subtitle says so.
const PANELS_MAX: usize = 9;

/// The course of a figure at one point.
#[derive(Debug, Default)]
struct Course {
    /// What the axes have at the point.
    place: String,
    n: u64,
    /// Observations so far, the mean and the smoothed mean.
    steps: Vec<(f64, f64, f64)>,
    /// Observations to leave out; none where no cut in the first half is best.
    cut: Option<f64>,
}

/// By system and figure, in alphabetical order: the courses of the points, in theirs.
type Courses = BTreeMap<(String, String), Vec<Course>>;

/// One picture per system and figure; none where the sweep has no courses.
pub(super) fn pictures(dir: &Path) -> Result<Vec<(String, Picture)>, OutputError> {
    let named = |((system, figure), courses): (&(String, String), &Vec<Course>)| {
        let name = format!("welch_{system}_{figure}");
        (name, Picture::Many(picture(system, figure, courses)))
    };
    Ok(read(&dir.join("welch.csv"))?.iter().map(named).collect())
}

fn read(path: &Path) -> Result<Courses, OutputError> {
    let bad = |error: csv::Error| OutputError::bad_data(path, error);
    let mut reader = Reader::from_path(path).map_err(bad)?;
    let header = reader.headers().map_err(bad)?.clone();
    // Names of axes may be those of columns: the columns that follow them count.
    let place = |name: &str| {
        let found = header.iter().enumerate().filter(|(_, other)| *other == name).last();
        found
            .map(|(at, _)| at)
            .ok_or_else(|| OutputError::bad_data(path, format!("it has no column {name}")))
    };
    let system = place("system")?;
    let [figure, observation, n, mean, smoothed, mser5] = [
        place("figure")?,
        place("observation")?,
        place("n")?,
        place("mean")?,
        place("smoothed")?,
        place("mser5")?,
    ];
    let mut courses = Courses::new();
    let mut last = StringRecord::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let number = |at: usize| record[at].parse::<f64>().ok();
        let of = courses.entry((record[system].to_owned(), record[figure].to_owned())).or_default();
        let is_same = |at: usize| last.get(at) == record.get(at);
        if of.is_empty() || !(is_same(0) && is_same(system) && is_same(figure)) {
            let places =
                (1..system).map(|at| format!("{} = {}", last_key(&header[at]), &record[at]));
            of.push(Course {
                place: cut_to_fit(&places.collect::<Vec<_>>().join(", ")),
                n: record[n].parse().unwrap_or(0),
                steps: Vec::new(),
                cut: number(mser5),
            });
        }
        let step = number(observation).zip(number(mean)).zip(number(smoothed));
        if let (Some(course), Some(((at, mean), smooth))) = (of.last_mut(), step) {
            course.steps.push((at, mean, smooth));
        }
        last = record;
    }
    Ok(courses)
}

fn picture(system: &str, figure: &str, courses: &[Course]) -> Panels {
    let shown = &courses[..courses.len().min(PANELS_MAX)];
    let high = shown.iter().flat_map(|of| &of.steps).map(|step| step.1).fold(0.0, f64::max);
    let is_share = figure.ends_with("_ratio") || figure.contains("share");
    let y = if is_share { Axis::share(figure, high) } else { Axis::linear(figure, high) };
    let left_out = courses.len() - shown.len();
    let note = match left_out {
        0 => String::new(),
        _ => format!("; {left_out} further points are in welch.csv"),
    };
    Panels {
        title: format!("{}: {figure} over the run", title(system)),
        subtitle: format!("warm-up included; dashed: where MSER-5 would begin to count{note}"),
        charts: shown.iter().map(|course| panel(course, &y)).collect(),
    }
}

fn panel(course: &Course, y: &Axis) -> Chart {
    let end = course.steps.last().map_or(1.0, |step| step.0);
    let x = Axis::linear("observations", end);
    let line = |of: fn(&(f64, f64, f64)) -> f64| {
        let at = |step: &(f64, f64, f64)| (x.place(step.0), y.place(of(step)).clamp(y.low, y.high));
        Marks::Line(course.steps.iter().map(at).collect())
    };
    let mut series = vec![
        Series { label: "mean".to_owned(), colour: GREY, marks: line(|step| step.1) },
        Series { label: "smoothed".to_owned(), colour: BLUE, marks: line(|step| step.2) },
    ];
    let told = match course.cut {
        Some(cut) => {
            let marks = Marks::Vertical(x.place(cut));
            series.push(Series { label: String::new(), colour: ORANGE, marks });
            format!("MSER-5 leaves out {} of {}", si(cut), si(end))
        }
        None => "MSER-5: too short to settle".to_owned(),
    };
    let subtitle = format!("n = {}; {told}", course.n);
    Chart { title: course.place.clone(), subtitle, x, y: y.clone(), series }
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// What fits above a panel.
fn cut_to_fit(text: &str) -> String {
    const LONGEST: usize = 42;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_are_told_apart_by_point_and_an_empty_cut_says_too_short() {
        let temp = tempfile::tempdir().expect("a folder");
        let path = temp.path().join("welch.csv");
        let text = "point,a.b.rate,system,figure,observation,n,mean,smoothed,mser5\n\
            0,1,lightning,latency_s,10,3,2.5,2.0,5\n0,1,lightning,latency_s,20,3,1.5,2.0,5\n\
            0,1,lightning,success_ratio,10,3,0.5,0.5,0\n1,2,lightning,latency_s,10,3,4.0,4.0,\n";
        std::fs::write(&path, text).expect("written");
        let courses = read(&path).expect("read");
        assert_eq!(courses.len(), 2);
        let latency = &courses[&("lightning".to_owned(), "latency_s".to_owned())];
        assert_eq!(latency[0].steps, [(10.0, 2.5, 2.0), (20.0, 1.5, 2.0)]);
        assert_eq!((latency[0].cut, latency[1].cut), (Some(5.0), None));
        assert_eq!(latency[1].place, "rate = 2");
        let drawn = picture("lightning", "latency_s", latency);
        assert_eq!(drawn.charts[0].series.len(), 3, "two lines and the cut");
        assert_eq!(cut_to_fit(&"x".repeat(50)).chars().count(), 42);
        assert!(drawn.charts[1].subtitle.contains("too short"));
    }
}
