//! A share as a bar, its interval as a bracket.

use maud::{Markup, html};

use crate::report::summary::ClusterView;

/// The bar of a cluster, drawn to `scale`: the share at which it would be as wide as its place.
///
/// An SVG, for browsers do not print the backgrounds that a bar of boxes would be made of.
pub fn bar(cluster: &ClusterView, scale: f64) -> Markup {
    let at = |share: f64| format!("{:.2}%", (share / scale * 98.0).clamp(0.0, 98.0) + 1.0);
    let (low, high) = (at(cluster.share.low), at(cluster.share.high));
    let words = format!("{} of all documents, 95% interval {}", cluster.percent, cluster.interval);
    let width = format!("{:.2}%", (cluster.share.estimate / scale * 98.0).clamp(0.0, 98.0));
    html! {
        svg.bar role="img" aria-label=(words) width="100%" height="16" {
            line.base x1="1%" x2="1%" y1="0" y2="16" {}
            rect.fill x="1%" y="3" width=(width) height="10" {}
            g.bracket {
                line x1=(low) x2=(high) y1="8" y2="8" {}
                line x1=(low) x2=(low) y1="4" y2="12" {}
                line x1=(high) x2=(high) y1="4" y2="12" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::small;
    use crate::report::summary::Summary;

    #[test]
    fn a_bar_stays_in_its_place() {
        let summary = Summary::of(&small().build());
        let drawn = bar(&summary.clusters[0], summary.scale).into_string();
        assert!(drawn.contains("x2=\"99.00%\""), "{drawn}");
        assert!(bar(&summary.clusters[0], 0.1).into_string().contains("width=\"98.00%\""));
    }
}
