//! The table of contents as a bar chart: a share as a bar, its interval as a bracket, what is in no cluster in gray.

use maud::{Markup, html};

use super::{Page, cluster};
use crate::report::summary::{ClusterView, Outside, Summary};
use crate::text::numbers::thousands;

/// Steps that an axis may have.
const STEPS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25];
/// Steps of an axis at most.
const TICKS: f64 = 6.0;

/// The chart.
pub fn section(page: &Page) -> Markup {
    let (summary, axis) = (page.summary, Axis::over(page.summary.scale));
    html! {
        nav.overview aria-labelledby="overview" {
            h2 #overview { "Overview" }
            @if summary.clusters.is_empty() { p { "There is no cluster." } }
            ol role="list" {
                @for cluster in &summary.clusters { (cluster_line(cluster, &axis)) }
                @for part in &summary.outside { (outside_line(part, &axis)) }
            }
            (axis.labels())
            p.scale { (explanation(summary)) }
            p.more {
                @if !summary.columns.is_empty() { a href="#columns" { "By column" } " " }
                a href="#missing" { "What is missing" } " " a href="#making" { "How it was made" }
            }
        }
    }
}

fn explanation(summary: &Summary) -> Markup {
    html! {
        "Share of all " (thousands(summary.totals.documents as u64)) " documents; the bracket is its 95% interval (“How it was made” says of what)."
        @if let Some(overlap) = &summary.overlap { " " (overlap) }
    }
}

fn cluster_line(cluster: &ClusterView, axis: &Axis) -> Markup {
    let words = format!("{} of all documents, 95% interval {}", cluster.percent, cluster.interval);
    let interval = Some((cluster.share.low, cluster.share.high));
    html! {
        li.part[cluster.depth() > 0] {
            a href={ "#" (cluster::anchor(cluster)) } dir="auto" { (cluster.label) }
            (axis.bar(cluster.share.estimate, interval, &words))
            span.percent { (cluster.percent) }
            span.size { (thousands(cluster.size as u64)) }
        }
    }
}

fn outside_line(part: &Outside, axis: &Axis) -> Markup {
    html! {
        li.outside {
            a href="#missing" { (part.label) }
            (axis.bar(part.share, None, &format!("{} of all documents", part.percent)))
            span.percent { (part.percent) }
            span.size { (thousands(part.size as u64)) }
        }
    }
}

/// What the bars are drawn on: from nothing to a whole number of steps.
struct Axis {
    step: f64,
    steps: usize,
}

impl Axis {
    /// The axis on which a share of `largest` can be drawn.
    fn over(largest: f64) -> Axis {
        let step = STEPS.into_iter().find(|step| largest / step <= TICKS).unwrap_or(0.25);
        // A share that is a step but for rounding needs no further one.
        let steps = ((largest / step - 1e-9).ceil() as usize).max(1);
        Axis { step, steps }
    }

    /// Where a share lies, in percent of the width.
    fn at(&self, share: f64) -> String {
        format!("{:.2}%", (share / (self.step * self.steps as f64) * 98.0).clamp(0.0, 98.0) + 1.0)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let step = self.step;
        (0..=self.steps).map(move |tick| tick as f64 * step)
    }

    /// A bar, drawn as an SVG, for browsers do not print the backgrounds that a bar of boxes would be made of.
    fn bar(&self, share: f64, interval: Option<(f64, f64)>, words: &str) -> Markup {
        let width = format!("{:.2}%", (share / (self.step * self.steps as f64) * 98.0).clamp(0.0, 98.0));
        html! {
            svg.bar role="img" aria-label=(words) width="100%" height="18" {
                @for tick in self.ticks() { line.tick x1=(self.at(tick)) x2=(self.at(tick)) y1="0" y2="18" {} }
                rect.fill x="1%" y="4" width=(width) height="10" {}
                @if let Some((low, high)) = interval {
                    g.bracket {
                        line x1=(self.at(low)) x2=(self.at(high)) y1="9" y2="9" {}
                        line x1=(self.at(low)) x2=(self.at(low)) y1="5" y2="13" {}
                        line x1=(self.at(high)) x2=(self.at(high)) y1="5" y2="13" {}
                    }
                }
            }
        }
    }

    /// What the ticks stand for.
    fn labels(&self) -> Markup {
        let percent = |share: f64| format!("{:.*}%", usize::from(self.step < 0.0099), share * 100.0);
        html! {
            div.axis aria-hidden="true" {
                svg width="100%" height="18" {
                    @for tick in self.ticks() { text x=(self.at(tick)) y="13" { (percent(tick)) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_whole_step() {
        let of = |largest: f64| {
            let axis = Axis::over(largest);
            (axis.step, axis.steps)
        };
        assert_eq!(
            [of(0.28), of(0.6), of(1.0), of(0.012), of(0.3)],
            [(0.05, 6), (0.1, 6), (0.2, 5), (0.002, 6), (0.05, 6)]
        );
        assert_eq!(of(0.01), (0.002, 5));
    }

    #[test]
    fn a_bar_stays_in_its_place() {
        let axis = Axis::over(0.5);
        assert!(axis.bar(0.5, Some((0.2, 0.5)), "").into_string().contains("x2=\"99.00%\""));
        assert!(axis.bar(7.0, None, "").into_string().contains("width=\"98.00%\""));
        assert!(axis.labels().into_string().contains(">50%</text>"));
    }
}
