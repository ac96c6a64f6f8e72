//! A chart as plain data, and the house's colours.

use crate::report::plots::axis::Axis;
use crate::units;

/// A colour as red, green, blue. From the palette of Okabe and Ito (2008), which colour-blind
/// readers can tell apart.
pub(super) type Colour = (u8, u8, u8);

/// For the main series.
pub(super) const BLUE: Colour = (0, 114, 178);
/// For what it is compared with.
pub(super) const ORANGE: Colour = (213, 94, 0);
/// For a third.
pub(super) const GREEN: Colour = (0, 158, 115);
/// For further ones, where systems stand side by side.
pub(super) const SKY: Colour = (86, 180, 233);
/// Likewise.
pub(super) const PURPLE: Colour = (204, 121, 167);
/// Likewise.
pub(super) const AMBER: Colour = (230, 159, 0);
/// For background.
pub(super) const GREY: Colour = (170, 176, 184);

/// One picture.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What is shown, of which system.
    pub(super) title: String,
    /// Over how much.
    pub(super) subtitle: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Drawn in this order, named in the legend in this order.
    pub(super) series: Vec<Series>,
}

/// One set of marks, in units of the axes.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Its name in the legend; without one it is not there.
    pub(super) label: String,
    pub(super) colour: Colour,
    pub(super) marks: Marks,
}

/// How a series is drawn.
#[derive(Clone, Debug)]
pub(super) enum Marks {
    /// A line through points.
    Line(Vec<(f64, f64)>),
    /// A dashed line through points.
    Dashed(Vec<(f64, f64)>),
    /// Dots with a vertical interval: x, y, low, high.
    Intervals(Vec<(f64, f64, f64, f64)>),
    /// Bars from the bottom: left, right, height.
    Bars(Vec<(f64, f64, f64)>),
    /// A dashed vertical line.
    Vertical(f64),
}

/// A count with commas between thousands.
pub(super) fn grouped(n: u64) -> String {
    units::grouped(n, ',')
}
