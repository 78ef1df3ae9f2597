//! The page around the sections, and its elements: figures, tables and lists of facts.

use super::chart::{Chart, Layer, Mark};
use super::number::short;
use super::scorer::POLICY;
use crate::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Maximum number of points of a layer that are listed as numbers.
const MAX_ROWS: usize = 60;

/// A section of the page.
pub struct Section {
    /// Its anchor, a word.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// Its content.
    pub body: Markup,
}

/// Renders the page, which loads nothing.
pub fn page(title: &str, lead: &Markup, sections: &[Section], foot: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                // With this policy, browsers do not load anything.
                meta http-equiv="Content-Security-Policy" content={ "default-src 'none'; style-src 'unsafe-inline'; img-src data:; " (POLICY) };
                meta name="viewport" content="width=device-width, initial-scale=1";
                // An empty icon, so that browsers do not request one.
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                a class="skip" href="#content" { "Skip to the content" }
                header { h1 { (title) } (lead) }
                nav aria-label="Sections" { ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } } }
                main id="content" {
                    @for section in sections {
                        section aria-labelledby=(section.id) { h2 id=(section.id) { (section.title) } (section.body) }
                    }
                }
                footer { p { (foot) } }
            }
        }
    };
    page.into_string()
}

/// A figure: charts, a sentence that describes them for those who do not see them, and their numbers.
///
/// # Errors
/// A chart cannot be drawn.
pub fn figure(title: &str, shown: &str, charts: &[Chart]) -> Result<Markup> {
    let svgs = charts.iter().map(Chart::svg).collect::<Result<Vec<_>>>()?;
    Ok(html! {
        // A figure may be wider than a phone. With the focus on it, the keyboard scrolls it.
        figure tabindex="0" {
            figcaption { b { (title) ". " } (shown) }
            div class="charts" role="img" aria-label={ (title) ". " (shown) } { @for svg in &svgs { (PreEscaped(svg)) } }
            (numbers(charts))
        }
    })
}

/// The points of charts as tables, thinned evenly if there are many.
fn numbers(charts: &[Chart]) -> Markup {
    let layers: Vec<(&Chart, &Layer)> = (charts.iter())
        .flat_map(|chart| chart.layers.iter().map(move |layer| (chart, layer)))
        .filter(|(_, layer)| !layer.name.is_empty() && !layer.points.is_empty())
        .collect();
    html! {
        @if !layers.is_empty() {
            details {
                summary { "Data" }
                @for (chart, layer) in layers {
                    div class="wide" tabindex="0" role="region" aria-label=(layer.name) {
                        table {
                            caption { (layer.name) @if layer.points.len() > MAX_ROWS { ", thinned evenly from " (layer.points.len()) } }
                            thead { tr {
                                th scope="col" { (label_or(&chart.x.label, "x")) } th scope="col" { (label_or(&chart.y.label, "y")) }
                                @if ends(layer, 0).is_some() { th scope="col" { "from" } th scope="col" { "to" } }
                            } }
                            tbody {
                                @for i in rows(layer.points.len()) {
                                    tr {
                                        td { (chart.x.table_text(layer.points[i][0])) } td { (chart.y.table_text(layer.points[i][1])) }
                                        @if let Some([from, to]) = ends(layer, i) { td { (short(from)) } td { (short(to)) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ends(layer: &Layer, i: usize) -> Option<[f64; 2]> {
    match &layer.mark {
        Mark::AlongX(ends) | Mark::AlongY(ends) => ends.get(i).copied(),
        _ => None,
    }
}

fn label_or<'a>(label: &'a str, otherwise: &'a str) -> &'a str {
    if label.is_empty() { otherwise } else { label }
}

/// The indices of `len` points, thinned evenly if there are many.
fn rows(len: usize) -> impl Iterator<Item = usize> {
    thinned(len, MAX_ROWS)
}

/// At most `most` indices below `len`, evenly spaced.
pub fn thinned(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let n = len.min(most);
    (0..n).map(move |i| i * len / n)
}

/// A table with a head for each column. The row `model` is highlighted.
pub fn table(caption: &str, heads: &[&str], rows: &[Vec<String>], model: Option<usize>) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for (i, row) in rows.iter().enumerate() {
                        tr class=[(model == Some(i)).then_some("model")] {
                            @for (j, cell) in row.iter().enumerate() { @if j == 0 { th scope="row" { (cell) } } @else { td class=[text_class(cell)] { (cell) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Text is aligned at the left, numbers at the right.
fn text_class(cell: &str) -> Option<&'static str> {
    cell.starts_with(|c: char| c.is_alphabetic()).then_some("words")
}

/// Key figures: a name, a value and a note each.
pub fn stats(stats: &[[String; 3]]) -> Markup {
    html! {
        dl class="stats" { @for [name, value, note] in stats { div { dt { (name) } dd { (value) small { (note) } } } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entries_are_thinned_evenly() {
        assert_eq!(thinned(3, 60).collect::<Vec<_>>(), [0, 1, 2]);
        let thinned_indices: Vec<usize> = thinned(1000, 4).collect();
        assert_eq!(thinned_indices, [0, 250, 500, 750]);
    }

    #[test]
    fn names_are_escaped() {
        let sections = [Section { id: "what", title: "a & b".into(), body: html! {} }];
        let page = page("<script>x</script>.awd", &html! {}, &sections, "");
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;") && page.contains("a &amp; b"));
    }
}
