//! The page around the sections, and what stands in them: figures, tables and lists of facts.

use super::chart::{Chart, Layer, Mark};
use super::number::short;
use crate::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Points of a layer that are told as numbers.
const TOLD: usize = 60;

/// A section of the page.
pub struct Section {
    /// Its anchor, a word.
    pub id: &'static str,
    /// Its heading.
    pub title: String,
    /// What stands in it.
    pub body: Markup,
}

/// The page: it loads nothing from anywhere.
pub fn page(title: &str, lead: &Markup, sections: &[Section], foot: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                // Browsers hold it to its word: nothing is loaded.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Not even the icon that browsers ask for.
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                a class="skip" href="#content" { "To the content" }
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

/// A figure: charts, what they show in one sentence for those who do not see them, and their numbers.
///
/// # Errors
/// A chart cannot be drawn.
pub fn figure(title: &str, shown: &str, charts: &[Chart]) -> Result<Markup> {
    let svgs = charts.iter().map(Chart::svg).collect::<Result<Vec<_>>>()?;
    Ok(html! {
        // It may be wider than a telephone; then the keyboard scrolls it.
        figure tabindex="0" {
            figcaption { b { (title) ". " } (shown) }
            div class="charts" role="img" aria-label={ (title) ". " (shown) } { @for svg in &svgs { (PreEscaped(svg)) } }
            (numbers(charts))
        }
    })
}

/// The points of charts, evenly some of many.
fn numbers(charts: &[Chart]) -> Markup {
    let told: Vec<(&Chart, &Layer)> = (charts.iter())
        .flat_map(|chart| chart.layers.iter().map(move |layer| (chart, layer)))
        .filter(|(_, layer)| !layer.name.is_empty() && !layer.points.is_empty())
        .collect();
    html! {
        @if !told.is_empty() {
            details {
                summary { "The numbers" }
                @for (chart, layer) in told {
                    div class="wide" tabindex="0" role="region" aria-label=(layer.name) {
                        table {
                            caption { (layer.name) @if layer.points.len() > TOLD { ", evenly some of " (layer.points.len()) } }
                            thead { tr {
                                th scope="col" { (or(&chart.x.label, "x")) } th scope="col" { (or(&chart.y.label, "y")) }
                                @if ends(layer, 0).is_some() { th scope="col" { "from" } th scope="col" { "to" } }
                            } }
                            tbody {
                                @for i in some(layer.points.len()) {
                                    tr {
                                        td { (chart.x.told(layer.points[i][0])) } td { (chart.y.told(layer.points[i][1])) }
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

fn or<'a>(label: &'a str, otherwise: &'a str) -> &'a str {
    if label.is_empty() { otherwise } else { label }
}

/// All of so many, or evenly some of them.
fn some(of: usize) -> impl Iterator<Item = usize> {
    thinned(of, TOLD)
}

/// At most so many of these, evenly.
pub fn thinned(of: usize, most: usize) -> impl Iterator<Item = usize> {
    let n = of.min(most);
    (0..n).map(move |i| i * of / n)
}

/// A table: heads of the columns, and rows, of which one may be that of the model.
pub fn table(caption: &str, heads: &[&str], rows: &[Vec<String>], model: Option<usize>) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for (i, row) in rows.iter().enumerate() {
                        tr class=[(model == Some(i)).then_some("model")] {
                            @for (j, cell) in row.iter().enumerate() { @if j == 0 { th scope="row" { (cell) } } @else { td class=[words(cell)] { (cell) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Words stand at the left, numbers at the right.
fn words(cell: &str) -> Option<&'static str> {
    cell.starts_with(|c: char| c.is_alphabetic()).then_some("words")
}

/// Some large numbers: what, how much, and how it is meant.
pub fn stats(stats: &[[String; 3]]) -> Markup {
    html! {
        dl class="stats" { @for [what, value, note] in stats { div { dt { (what) } dd { (value) small { (note) } } } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entries_are_thinned_evenly() {
        assert_eq!(thinned(3, 60).collect::<Vec<_>>(), [0, 1, 2]);
        let few: Vec<usize> = thinned(1000, 4).collect();
        assert_eq!(few, [0, 250, 500, 750]);
    }

    #[test]
    fn what_data_sets_are_called_is_text_and_no_markup() {
        let sections = [Section { id: "what", title: "a & b".into(), body: html! {} }];
        let page = page("<script>x</script>.awd", &html! {}, &sections, "");
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;") && page.contains("a &amp; b"));
    }
}
