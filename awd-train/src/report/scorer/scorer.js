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
  const [samples, room, outputs] = [core.awd_model_window(storage), core.awd_model_work(storage), core.awd_model_outputs(storage)];
  const [window, work, scores, shares] = [place(4 * samples), place(4 * room), place(4 * outputs), place(4 * (outputs + 1))];
  const numbers = (start, count) => new Float32Array(memory.buffer, start, count);
  return (x) => {
    numbers(window, samples).set(x);
    const status = core.awd_model_score(storage, window, samples, work, room, scores, outputs);
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

/** The windows of a table: one row each, with as many samples as a window has, in float32. */
function readWindows(text, samples) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const rows = lines.map((line, at) => [line, at + 1]).filter(([line]) => line.trim() && !/^\s*[#%]/.test(line));
  if (!rows.length) throw new Error("rows of numbers are expected; the file is empty");
  const delimiter = ["\t", ";", "|", ","].find((delimiter) => rows[0][0].includes(delimiter));
  const split = (line) => (delimiter ? line.split(delimiter) : line.trim().split(/\s+/)).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
  const number = (cell) => (cell === "" ? NaN : Number(delimiter === "," ? cell : cell.replace(",", ".")));
  const isHeader = (cells) => cells.some((cell) => Number.isNaN(number(cell)) && cell.toLowerCase() !== "nan");
  const first = split(rows[0][0]);
  let columns = [...first.keys()];
  if (isHeader(first)) {
    rows.shift();
    columns = columns.filter((column) => !BESIDE.has(first[column].toLowerCase()));
  }
  if (columns.length !== samples) {
    throw new Error(`a window of this model has ${samples} samples; the table has ${columns.length} columns of samples`);
  }
  return rows.map(([line, at]) => {
    const cells = split(line);
    return Float32Array.from(columns, (column) => {
      const sample = number(cells[column] ?? "");
      // As float32, which larger numbers overflow.
      if (!Number.isFinite(Math.fround(sample))) throw new Error(`line ${at}: a number in every column; column ${column + 1} has ${cells[column] || "nothing"}`);
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
