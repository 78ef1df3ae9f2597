"use strict";

// Scores windows in the browser: awd-core compiled to WebAssembly, called by the functions of awd.h.
// `AWD` has the model's file, the names of its classes, and the code in base64 of gzip.

/** Returns a function from a window (Float32Array) to its outputs, class and probabilities. */
async function makeScorer({ model, code }) {
  const packed = Uint8Array.from(atob(code), (c) => c.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { instance } = await WebAssembly.instantiate(await new Response(unpacked).arrayBuffer());
  const { memory, __heap_base: free, ...core } = instance.exports;

  // Buffers follow each other in memory, each at a multiple of eight bytes. They are never given back.
  let end = free.value;
  const place = (bytes) => {
    const start = (end + 7) & ~7;
    end = start + bytes;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return start;
  };
  const [storage, file] = [place(64), place(model.length)];
  new Uint8Array(memory.buffer).set(model, file);
  if (core.awd_model_read(storage, file, model.length) !== 0) throw new Error("the model of this page is damaged");
  const [samples, space, outputs] = [core.awd_model_window(storage), core.awd_model_work(storage), core.awd_model_outputs(storage)];
  const [window, work, scores, shares] = [place(4 * samples), place(4 * space), place(4 * outputs), place(4 * (outputs + 1))];
  const numbers = (start, count) => new Float32Array(memory.buffer, start, count);
  return (x) => {
    numbers(window, samples).set(x);
    const status = core.awd_model_score(storage, window, samples, work, space, scores, outputs);
    if (status !== 0) throw new Error(`the scorer failed (status ${status})`);
    const isClassifier = core.awd_model_probabilities(storage, scores, outputs, shares, outputs + 1) === 0;
    return {
      outputs: Array.from(numbers(scores, outputs)),
      class: isClassifier ? core.awd_model_class(storage, scores, outputs) : undefined,
      probabilities: isClassifier ? Array.from(numbers(shares, outputs + 1)) : [],
    };
  };
}

/** Names of columns that are no samples. */
const BESIDE = new Set(["y", "label", "labels", "target", "targets", "class", "classes", "split", "group", "index", ""]);

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What may be 1234 or 1.234. */
const THOUSANDS = /^[+-]?[1-9]\d*,\d{3}$/;

/** The rows of a table as lists of cells, each with its line, and how a number is read from a cell. */
function readCells(text) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const rows = lines.map((line, at) => ({ line: at + 1, text: line.trim() })).filter((row) => row.text && !/^[#%]/.test(row.text));
  if (!rows.length) throw new Error("rows of numbers are expected; the file is empty");
  const delimiter = ["\t", ";", "|", ","].find((delimiter) => rows[0].text.includes(delimiter));
  for (const row of rows) {
    row.cells = row.text.split(delimiter ?? /\s+/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    if (row.cells.length > 1 && row.cells.at(-1) === "") row.cells.pop();
  }
  const point = (cell) => (delimiter === "," ? cell : cell.replace(",", "."));
  const number = (cell) => (NUMBER.test(point(cell)) ? Number(point(cell)) : NaN);
  if (delimiter !== ",") {
    const all = rows.flatMap((row) => row.cells).filter((cell) => !Number.isNaN(number(cell)));
    const commas = all.filter((cell) => cell.includes(","));
    if (commas.length && (all.some((cell) => cell.includes(".")) || commas.every((cell) => THOUSANDS.test(cell)))) {
      throw new Error("commas may separate decimals or thousands here; write numbers with a decimal point");
    }
  }
  return { rows, number };
}

/** The windows of a table: one row each, with as many samples as a window has, in float32. */
function readWindows(text, samples) {
  const { rows, number } = readCells(text);
  const first = rows[0].cells;
  let columns = [...first.keys()];
  if (first.some((cell) => cell && cell.toLowerCase() !== "nan" && Number.isNaN(number(cell)))) {
    rows.shift();
    columns = columns.filter((column) => !BESIDE.has(first[column].toLowerCase()));
    // Names such as x0, x1, … have the order of the samples.
    const place = (column) => Number(/\d+$/.exec(first[column]) ?? NaN);
    if (columns.every((column) => !Number.isNaN(place(column)))) columns.sort((a, b) => place(a) - place(b));
    if (!rows.length) throw new Error("rows of numbers are expected below the names of the columns; there are none");
  }
  if (columns.length !== samples) {
    throw new Error(`a window of this model has ${samples} samples; the table has ${columns.length} columns of samples`);
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== first.length) {
      throw new Error(`line ${line}: ${first.length} cells, like the first row; it has ${cells.length}`);
    }
    return Float32Array.from(columns, (column) => {
      const sample = number(cells[column]);
      // Larger numbers overflow in float32.
      if (!Number.isFinite(Math.fround(sample))) {
        throw new Error(`line ${line}: a number in every column; column ${column + 1} has ${cells[column] || "an empty cell"}`);
      }
      return sample;
    });
  });
}

let scorer;

/** The scores of all windows of a table. */
async function scoreTable(text) {
  const windows = readWindows(text, AWD.window);
  scorer ??= makeScorer(AWD);
  const score = await scorer;
  return windows.map(score);
}

/** The scores as a table with a header, a row for each window. */
function asTable(scores) {
  const name = (at) => AWD.classes[at] ?? String(at);
  if (!scores[0]?.probabilities.length) return [["window", "value"], ...scores.map(({ outputs }, at) => [at, outputs[0]])];
  const header = ["window", "class", ...scores[0].probabilities.map((_, at) => `probability of ${name(at)}`)];
  return [header, ...scores.map((score, at) => [at, name(score.class), ...score.probabilities])];
}

/** Rows that are shown; the file has all. */
const SHOWN = 100;

function show(table) {
  const place = document.getElementById("scored");
  place.replaceChildren();
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  const drawn = document.createElement("table");
  table.slice(0, SHOWN + 1).forEach((cells, at) => {
    const row = document.createElement("tr");
    row.append(...cells.map((cell) => element(at ? "td" : "th", typeof cell === "number" && !Number.isInteger(cell) ? cell.toPrecision(5) : cell)));
    drawn.append(row);
  });
  const quoted = (cell) => (/[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : cell);
  const csv = new Blob([table.map((cells) => cells.map(quoted).join(",")).join("\n") + "\n"], { type: "text/csv" });
  const link = Object.assign(element("a", "Save all scores"), { href: URL.createObjectURL(csv), download: "scores.csv" });
  const paragraph = document.createElement("p");
  paragraph.append(link);
  place.append(paragraph, drawn);
}

if (typeof document !== "undefined") {
  const say = (text) => (document.getElementById("scoring").textContent = text);
  document.getElementById("windows").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    try {
      const scores = await scoreTable(await file.text());
      show(asTable(scores));
      say(`${scores.length} windows of ${file.name} are scored${scores.length > SHOWN ? `; the first ${SHOWN} are shown` : ""}.`);
    } catch (why) {
      document.getElementById("scored").replaceChildren();
      say(`${file.name}: ${why.message}.`);
    }
  });
}
