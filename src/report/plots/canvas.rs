//! Draws a chart with plotters: the only file that knows the library.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::{
    BitMapBackend, Cartesian2d, ChartBuilder, ChartContext, Circle, Color, DashedLineSeries,
    DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontStyle, IntoDrawingArea, IntoFont,
    LineSeries, PathElement, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text, WHITE,
};
use plotters::style::{TextStyle, register_font};

use crate::report::error::OutputError;
use crate::report::file::{Existing, PartFile, make_way, move_into_place};
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, Colour, Marks, Series};

/// Width and height in pixels.
const SIZE: (u32, u32) = (1_200, 720);
/// Text and lines of the frame.
const INK: RGBColor = RGBColor(40, 44, 52);
/// Grid lines.
const GRID: RGBColor = RGBColor(225, 228, 232);
/// The family that [`font`] registers.
const FAMILY: &str = "sans-serif";

type Failure<B> = DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>;
type Plane<'a, B> = ChartContext<'a, B, Cartesian2d<Scale, Scale>>;

/// Draws a chart into `folder/name.png` and `folder/name.svg`; returns both.
pub(super) fn draw(chart: &Chart, folder: &Path, name: &str) -> Result<[PathBuf; 2], OutputError> {
    font();
    Ok([png(chart, folder, name)?, svg(chart, folder, name)?])
}

/// The library writes a PNG itself, under a name that tells the format: hence the odd part file.
fn png(chart: &Chart, folder: &Path, name: &str) -> Result<PathBuf, OutputError> {
    let target = folder.join(format!("{name}.png"));
    let part = folder.join(format!("{name}.part.png"));
    make_way(&part, Existing::Replace)?;
    let area = BitMapBackend::new(&part, SIZE).into_drawing_area();
    paint(chart, &area)
        .and_then(|()| area.present())
        .map_err(|error| OutputError::cannot_create(&part, error))?;
    File::open(&part)
        .and_then(|file| file.sync_all())
        .map_err(|error| OutputError::io(&part, &error))?;
    move_into_place(&part, &target, Existing::Replace)?;
    Ok(target)
}

fn svg(chart: &Chart, folder: &Path, name: &str) -> Result<PathBuf, OutputError> {
    let target = folder.join(format!("{name}.svg"));
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        paint(chart, &area)
            .and_then(|()| area.present())
            .map_err(|error| OutputError::cannot_create(&target, error))?;
    }
    let mut file = PartFile::create(folder, &format!("{name}.svg"), Existing::Replace)?;
    file.write(text.as_bytes())?;
    file.finish()?;
    Ok(target)
}

/// Registers `DejaVu` Sans, once: the machine may have no fonts at all.
fn font() {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        for (style, face) in
            [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
        {
            assert!(register_font(FAMILY, style, face).is_ok(), "the bundled font is valid");
        }
    });
}

/// Title and legend stand above the plane, so that they never hide what is drawn.
fn paint<B: DrawingBackend>(chart: &Chart, area: &DrawingArea<B, Shift>) -> Result<(), Failure<B>> {
    /// Height of title, subtitle and legend.
    const HEAD: i32 = 118;
    area.fill(&WHITE)?;
    let (head, body) = area.split_vertically(HEAD);
    head.draw(&Text::new(
        chart.title.as_str(),
        (30, 18),
        (FAMILY, 27, FontStyle::Bold).into_font(),
    ))?;
    head.draw(&Text::new(chart.subtitle.as_str(), (30, 54), text(18)))?;
    legend(chart, &head)?;
    let mut plane = ChartBuilder::on(&body)
        .margin_top(4)
        .margin_bottom(16)
        .margin_left(16)
        .margin_right(44)
        .x_label_area_size(62)
        .y_label_area_size(90)
        .build_cartesian_2d(Scale::of(&chart.x), Scale::of(&chart.y))?;
    plane
        .configure_mesh()
        .bold_line_style(GRID.stroke_width(1))
        .light_line_style(WHITE)
        .axis_style(INK)
        .label_style(label(17))
        .axis_desc_style(label(19))
        .x_desc(chart.x.label.as_str())
        .y_desc(chart.y.label.as_str())
        .x_label_formatter(&|at| chart.x.text(*at))
        .y_label_formatter(&|at| chart.y.text(*at))
        .draw()?;
    chart.series.iter().try_for_each(|series| marks(series, chart, &mut plane))
}

/// An axis as the library wants it: its own ticks are kept, and there are no finer ones.
struct Scale {
    ends: [f64; 2],
    ticks: Vec<f64>,
}

impl Scale {
    fn of(axis: &Axis) -> Self {
        Self { ends: [axis.low, axis.high], ticks: axis.ticks.iter().map(|(at, _)| *at).collect() }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let [low, high] = self.ends;
        let share = (value - low) / (high - low);
        #[expect(clippy::cast_possible_truncation, reason = "a pixel; the cast saturates")]
        let offset = (share * f64::from(last - first)).round() as i32;
        first + offset
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.ends[0]..self.ends[1]
    }
}

fn text(size: u32) -> plotters::style::FontDesc<'static> {
    (FAMILY, size).into_font()
}

fn label(size: u32) -> TextStyle<'static> {
    text(size).color(&INK)
}

/// One row of samples and names.
fn legend<B: DrawingBackend>(
    chart: &Chart,
    head: &DrawingArea<B, Shift>,
) -> Result<(), Failure<B>> {
    const Y: i32 = 94;
    let mut x = 30;
    for series in chart.series.iter().filter(|series| !series.label.is_empty()) {
        let style = colour(series.colour).filled();
        match series.marks {
            Marks::Bars(_) => {
                head.draw(&Rectangle::new([(x, Y - 7), (x + 26, Y + 7)], style))?;
            }
            Marks::Line(_) => head.draw(&PathElement::new([(x, Y), (x + 26, Y)], thick(style)))?,
            Marks::Intervals(_) => {
                head.draw(&PathElement::new([(x + 13, Y - 9), (x + 13, Y + 9)], thick(style)))?;
                head.draw(&Circle::new((x + 13, Y), 5, style))?;
            }
            Marks::Vertical(_) | Marks::Dashed(_) => {
                for dash in [0, 10, 20] {
                    let ends = [(x + dash, Y), (x + dash + 6, Y)];
                    head.draw(&PathElement::new(ends, thick(style)))?;
                }
            }
        }
        head.draw(&Text::new(series.label.as_str(), (x + 36, Y - 6), label(18)))?;
        let (width, _) = head.estimate_text_size(&series.label, &label(18))?;
        x += 36 + i32::try_from(width).expect("a label is short") + 34;
    }
    Ok(())
}

fn marks<B: DrawingBackend>(
    series: &Series,
    chart: &Chart,
    plane: &mut Plane<'_, B>,
) -> Result<(), Failure<B>> {
    let style = colour(series.colour).filled();
    match &series.marks {
        Marks::Line(points) => {
            plane.draw_series(LineSeries::new(points.iter().copied(), thick(style)))?;
        }
        Marks::Dashed(points) => {
            plane.draw_series(DashedLineSeries::new(points.iter().copied(), 8, 6, thick(style)))?;
        }
        Marks::Bars(bars) => {
            let bottom = chart.y.low;
            let bar =
                |&(left, right, height)| Rectangle::new([(left, bottom), (right, height)], style);
            plane.draw_series(bars.iter().map(bar))?;
        }
        Marks::Intervals(points) => {
            let line = points.iter().map(|&(x, y, ..)| (x, y));
            plane.draw_series(LineSeries::new(line, colour(series.colour).mix(0.4)))?;
            let stem = |&(x, _, low, high)| PathElement::new([(x, low), (x, high)], thick(style));
            plane.draw_series(points.iter().map(stem))?;
            plane.draw_series(points.iter().map(|&(x, y, ..)| Circle::new((x, y), 5, style)))?;
        }
        Marks::Vertical(x) => {
            let ends = [(*x, chart.y.low), (*x, chart.y.high)];
            plane.draw_series(DashedLineSeries::new(ends, 8, 6, thick(style)))?;
        }
    }
    Ok(())
}

fn colour((red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

fn thick(style: ShapeStyle) -> ShapeStyle {
    style.stroke_width(2)
}
