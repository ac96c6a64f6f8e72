//! Draws a chart with plotters: the only file that knows the library.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::{
    BitMapBackend, Cartesian2d, ChartBuilder, ChartContext, Circle, Color, DashedLineSeries,
    DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontStyle, IntoDrawingArea, IntoFont,
    LineSeries, PathElement, Polygon, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{TextStyle, register_font};

use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile, make_way, move_into_place, remove};
use crate::report::plots::axis::Axis;
use crate::report::plots::chart::{Chart, Colour, HeatCell, Marks, Panels, Picture, Series, heat};

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

/// Draws a picture into `name.png` and `name.svg`, a path inside `dir`; returns both.
pub(super) fn draw(
    picture: &Picture,
    dir: &Path,
    name: &str,
) -> Result<[FileMark; 2], OutputError> {
    font();
    Ok([png(picture, dir, name)?, svg(picture, dir, name)?])
}

/// The library writes a PNG itself, under a name that tells the format: hence the odd part file.
fn png(picture: &Picture, dir: &Path, name: &str) -> Result<FileMark, OutputError> {
    let part = dir.join(format!("{name}.part.png"));
    make_way(&part, Existing::Replace)?;
    let drawn = {
        let area = BitMapBackend::new(&part, SIZE).into_drawing_area();
        paint(picture, &area).and_then(|()| area.present())
    };
    let synced = File::open(&part).and_then(|file| file.sync_all());
    if let (Err(error), _) | (Ok(()), Err(error)) = (drawn.map_err(reason), synced) {
        let _already_failing = remove(&part);
        return Err(OutputError::io(&part, &error));
    }
    let name = format!("{name}.png");
    move_into_place(&part, &dir.join(&name), Existing::Replace)?;
    FileMark::of(dir, name)
}

/// What the system said, from within what the libraries made of it.
fn reason<E: std::error::Error + Send + Sync + 'static>(
    error: DrawingAreaErrorKind<E>,
) -> io::Error {
    let mut inner: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = inner {
        if let Some(found) = error.downcast_ref::<io::Error>() {
            return io::Error::new(found.kind(), found.to_string());
        }
        inner = error.source();
    }
    io::Error::other(error)
}

fn svg(picture: &Picture, dir: &Path, name: &str) -> Result<FileMark, OutputError> {
    let name = format!("{name}.svg");
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        paint(picture, &area)
            .and_then(|()| area.present())
            .map_err(|error| OutputError::io(&dir.join(&name), &reason(error)))?;
    }
    let mut file = PartFile::create(dir, &name, Existing::Replace)?;
    file.write(text.as_bytes())?;
    file.finish()
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

/// Sizes in pixels, for a chart that fills the picture or one of several.
struct Layout {
    /// Height of title, subtitle and legend, and where each begins.
    head: i32,
    title: (i32, u32),
    subtitle: (i32, u32),
    legend: (i32, u32),
    /// Below and left of the plane.
    labels: [u32; 2],
    /// Of ticks and of the axes' names.
    text: [u32; 2],
}

const WHOLE: Layout = Layout {
    head: 118,
    title: (18, 27),
    subtitle: (54, 18),
    legend: (94, 18),
    labels: [62, 90],
    text: [17, 19],
};

const PART: Layout = Layout {
    head: 62,
    title: (8, 17),
    subtitle: (30, 13),
    legend: (48, 13),
    labels: [46, 66],
    text: [12, 14],
};

fn paint<B: DrawingBackend>(
    picture: &Picture,
    area: &DrawingArea<B, Shift>,
) -> Result<(), Failure<B>> {
    area.fill(&WHITE)?;
    match picture {
        Picture::One(chart) => paint_chart(chart, area, &WHOLE),
        Picture::Many(panels) => paint_panels(panels, area),
    }
}

/// Panels in rows of up to three, under the title of all.
fn paint_panels<B: DrawingBackend>(
    panels: &Panels,
    area: &DrawingArea<B, Shift>,
) -> Result<(), Failure<B>> {
    /// Height of title and subtitle.
    const HEAD: i32 = 84;
    let (head, body) = area.split_vertically(HEAD);
    heading(&head, &panels.title, &panels.subtitle, &WHOLE)?;
    let columns = panels.charts.len().clamp(1, 3);
    let rows = panels.charts.len().div_ceil(columns).max(1);
    let parts = body.split_evenly((rows, columns));
    panels.charts.iter().zip(&parts).try_for_each(|(chart, part)| paint_chart(chart, part, &PART))
}

fn heading<B: DrawingBackend>(
    head: &DrawingArea<B, Shift>,
    title: &str,
    subtitle: &str,
    layout: &Layout,
) -> Result<(), Failure<B>> {
    let (y, size) = layout.title;
    head.draw(&Text::new(title, (30, y), (FAMILY, size, FontStyle::Bold).into_font()))?;
    let (y, size) = layout.subtitle;
    head.draw(&Text::new(subtitle, (30, y), text(size)))
}

/// Title and legend stand above the plane, so that they never hide what is drawn.
fn paint_chart<B: DrawingBackend>(
    chart: &Chart,
    area: &DrawingArea<B, Shift>,
    layout: &Layout,
) -> Result<(), Failure<B>> {
    let (head, body) = area.split_vertically(layout.head);
    heading(&head, &chart.title, &chart.subtitle, layout)?;
    legend(chart, &head, layout)?;
    let mut plane = ChartBuilder::on(&body)
        .margin_top(4)
        .margin_bottom(16)
        .margin_left(16)
        .margin_right(44)
        .x_label_area_size(layout.labels[0])
        .y_label_area_size(layout.labels[1])
        .build_cartesian_2d(Scale::of(&chart.x), Scale::of(&chart.y))?;
    plane
        .configure_mesh()
        .bold_line_style(GRID.stroke_width(1))
        .light_line_style(WHITE)
        .axis_style(INK)
        .label_style(label(layout.text[0]))
        .axis_desc_style(label(layout.text[1]))
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
    layout: &Layout,
) -> Result<(), Failure<B>> {
    let (y, size) = layout.legend;
    let mut x = 30;
    for series in chart.series.iter().filter(|series| !series.label.is_empty()) {
        let style = colour(series.colour).filled();
        match &series.marks {
            Marks::Bars(_) | Marks::Tiles(_) => {
                head.draw(&Rectangle::new([(x, y - 7), (x + 26, y + 7)], style))?;
            }
            // A band belongs to the line through it.
            Marks::Band(_) => continue,
            Marks::Dots(_) => head.draw(&Circle::new((x + 13, y), 4, style))?,
            Marks::Cells(_) => {
                for step in 0..10 {
                    let fill = colour(heat(f64::from(step) / 9.0)).filled();
                    head.draw(&Rectangle::new([(x, y - 7), (x + 18, y + 7)], fill))?;
                    x += 18;
                }
                x -= 26;
            }
            Marks::Line(_) => head.draw(&PathElement::new([(x, y), (x + 26, y)], thick(style)))?,
            Marks::Intervals(_) => {
                head.draw(&PathElement::new([(x + 13, y - 9), (x + 13, y + 9)], thick(style)))?;
                head.draw(&Circle::new((x + 13, y), 5, style))?;
            }
            Marks::Vertical(_) | Marks::Dashed(_) => {
                for dash in [0, 10, 20] {
                    let ends = [(x + dash, y), (x + dash + 6, y)];
                    head.draw(&PathElement::new(ends, thick(style)))?;
                }
            }
        }
        let text_y = y - i32::try_from(size / 3).unwrap_or(0);
        head.draw(&Text::new(series.label.as_str(), (x + 36, text_y), label(size)))?;
        let (width, _) = head.estimate_text_size(&series.label, &label(size))?;
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
        Marks::Line(points) => line(points, style, plane)?,
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
        Marks::Band(points) => {
            let low = points.iter().map(|&(x, low, _)| (x, low));
            let high = points.iter().rev().map(|&(x, _, high)| (x, high));
            let outline: Vec<_> = low.chain(high).collect();
            plane.draw_series([Polygon::new(outline, colour(series.colour).mix(0.18))])?;
        }
        Marks::Dots(points) => {
            plane.draw_series(points.iter().map(|at| Circle::new(*at, 3, style)))?;
        }
        Marks::Tiles(tiles) => {
            let corners = |ends: &[f64; 4]| [(ends[0], ends[1]), (ends[2], ends[3])];
            plane
                .draw_series(tiles.iter().map(|(ends, _)| Rectangle::new(corners(ends), style)))?;
            let edge = WHITE.stroke_width(2);
            plane.draw_series(tiles.iter().map(|(ends, _)| Rectangle::new(corners(ends), edge)))?;
            let ink = text(17).color(&WHITE).pos(Pos::new(HPos::Center, VPos::Center));
            plane.draw_series(tiles.iter().map(|(ends, value)| {
                let middle = (f64::midpoint(ends[0], ends[2]), f64::midpoint(ends[1], ends[3]));
                Text::new(value.clone(), middle, ink.clone())
            }))?;
        }
        Marks::Cells(cells) => {
            let fill = |cell: &HeatCell| {
                let [left, bottom, right, top] = cell.ends;
                Rectangle::new([(left, bottom), (right, top)], colour(heat(cell.share)).filled())
            };
            plane.draw_series(cells.iter().map(fill))?;
            let value = |cell: &HeatCell| {
                let [left, bottom, right, top] = cell.ends;
                let middle = (f64::midpoint(left, right), f64::midpoint(bottom, top));
                let ink = if cell.share > 0.6 { INK } else { WHITE };
                let style = text(17).color(&ink).pos(Pos::new(HPos::Center, VPos::Center));
                Text::new(cell.text.clone(), middle, style)
            };
            plane.draw_series(cells.iter().map(value))?;
        }
        Marks::Vertical(x) => {
            let ends = [(*x, chart.y.low), (*x, chart.y.high)];
            plane.draw_series(DashedLineSeries::new(ends, 8, 6, thick(style)))?;
        }
    }
    Ok(())
}

/// A line, piece by piece: the library joins pieces with a mitre, which at a sharp turn is a spike across the
/// picture. A line of very many points is drawn thin, without joints.
fn line<B: DrawingBackend>(
    points: &[(f64, f64)],
    style: ShapeStyle,
    plane: &mut Plane<'_, B>,
) -> Result<(), Failure<B>> {
    /// Pieces that are drawn one by one.
    const MOST_PIECES: usize = 1_500;
    if points.len() > MOST_PIECES {
        plane.draw_series(LineSeries::new(points.iter().copied(), style.stroke_width(1)))?;
    } else {
        let piece = |ends: &[(f64, f64)]| PathElement::new(ends.to_vec(), thick(style));
        plane.draw_series(points.windows(2).map(piece))?;
    }
    Ok(())
}

fn colour((red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

fn thick(style: ShapeStyle) -> ShapeStyle {
    style.stroke_width(2)
}
