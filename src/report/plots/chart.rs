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
    /// A band between two curves: x, low, high.
    Band(Vec<(f64, f64, f64)>),
    /// Dots.
    Dots(Vec<(f64, f64)>),
    /// Rectangles in the colour of the series, with a text in each: left, bottom, right, top.
    Tiles(Vec<([f64; 4], String)>),
    /// Coloured rectangles with a text in each. In the legend: a strip of the colours from low to high.
    Cells(Vec<HeatCell>),
}

/// A cell of a heat map.
#[derive(Clone, Debug)]
pub(super) struct HeatCell {
    /// Left, bottom, right, top.
    pub(super) ends: [f64; 4],
    /// How high its value is, from 0 to 1.
    pub(super) share: f64,
    /// Its value.
    pub(super) text: String,
}

/// Several small charts side by side under one title.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    /// What is shown, of which system.
    pub(super) title: String,
    /// Over how much.
    pub(super) subtitle: String,
    pub(super) charts: Vec<Chart>,
}

/// One picture, of either kind.
#[derive(Clone, Debug)]
pub(super) enum Picture {
    One(Chart),
    Many(Panels),
}

/// Colours for series of one kind; from the palette above, then repeated.
pub(super) const SERIES: [Colour; 6] = [BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY];

/// The colour of a share from 0 to 1: dark blue over green to yellow, of even steps to the eye
/// (anchors of *viridis*, van der Walt and Smith, 2015).
pub(super) fn heat(share: f64) -> Colour {
    const ANCHORS: [[f64; 3]; 5] = [
        [68.0, 1.0, 84.0],
        [59.0, 82.0, 139.0],
        [33.0, 145.0, 140.0],
        [94.0, 201.0, 98.0],
        [253.0, 231.0, 37.0],
    ];
    let place = share.clamp(0.0, 1.0) * (ANCHORS.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the number of anchors, and colours from 0 to 255"
    )]
    let mix = |channel: usize| {
        let below = (place as usize).min(ANCHORS.len() - 2);
        let (low, high) = (ANCHORS[below][channel], ANCHORS[below + 1][channel]);
        (low + (high - low) * (place - below as f64)).round() as u8
    };
    (mix(0), mix(1), mix(2))
}

/// A count with commas between thousands.
pub(super) fn grouped(n: u64) -> String {
    units::grouped(n, ',')
}

/// The colour of the system at a place.
pub(super) fn colour_of(place: usize) -> Colour {
    [BLUE, ORANGE, GREEN, AMBER, PURPLE, SKY][place % 6]
}
