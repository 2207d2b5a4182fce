// The custom functions of the add-in: what stands in a cell becomes a call to the server this script came from.
//
// Excel asks for one cell at a time. Calls that come within a few milliseconds travel together, equal ones once,
// and answers are kept for a while. This script runs in the task pane's page (the shared runtime), which signs
// in through `duebook.signIn`. The server adds a last line to it that associates every function.
"use strict";

globalThis.duebook = (() => {
  const WINDOW = 5; // milliseconds in which calls gather
  const MOST_CALLS = 2000; // a batch; so does the server say
  const MOST_CELLS = 1000000; // likewise, unless one call alone has more
  const MOST_CHARACTERS = 4e6; // a batch, well below what the server takes, unless one call alone is longer
  const KEPT_CALLS = 20000;
  const KEPT_CHARACTERS = 10e6;
  const LONGEST_KEPT = 20000; // characters of a call and its answer; Excel itself keeps what big ones gave
  const STORE_KEPT = 60000; // milliseconds; a refresh outdates what the store answered
  const RETRY_AFTER = 500; // milliseconds, when the network failed
  const LONGEST_WAIT = 10000; // milliseconds, when the server is busy and says for how long
  const TOKEN = "duebook.token";
  const DATE_FORMAT = "yyyy-mm-dd";
  // What Excel takes as the result of a custom function; any other error becomes #VALUE! with the error in words.
  const RESULT_ERRORS = new Set(["#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"]);

  const functions = new Map();
  let waiting = []; // calls that gather: {text, resolve, reject}
  let waitingCharacters = 0;
  let waitingCells = 0;
  let timer = null;
  let kept = new Map(); // by the call's text, oldest first: {answer: Promise, until, size}
  let keptCharacters = 0;
  let lastRun; // the run whose store answered

  // --- Signing in

  let tokenOfPage = null; // for as long as the page lives, where it may keep nothing

  function token() {
    try {
      return localStorage.getItem(TOKEN) ?? tokenOfPage;
    } catch {
      return tokenOfPage;
    }
  }

  function keepToken(value) {
    tokenOfPage = value;
    try {
      if (value === null) localStorage.removeItem(TOKEN);
      else localStorage.setItem(TOKEN, value);
    } catch {
      // A browser may forbid it.
    }
  }

  async function signIn(given) {
    const value = given.trim();
    const status = await fetchStatus(value);
    dropKept();
    keepToken(value);
    lastRun = status.last_run?.run;
    return status;
  }

  function signOut() {
    keepToken(null);
    dropKept();
  }

  async function status() {
    const found = await fetchStatus(token());
    if (found.last_run?.run !== lastRun) {
      lastRun = found.last_run?.run;
      dropKept((one) => one.store);
    }
    return found;
  }

  function fetchStatus(value) {
    return request(value, "status", { method: "GET" });
  }

  // --- The server

  class ServerError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  const CODES = { 401: "token", 503: "busy" };

  async function request(value, path, options) {
    // A header holds ASCII; anything else is no token of any server.
    if (!value || !/^[\x20-\x7e]+$/.test(value)) throw new ServerError("token", "Sign in in the Duebook task pane.");
    const headers = { ...options.headers, authorization: `Bearer ${value}` };
    const url = new URL(path, document.baseURI);
    const ask = () => fetch(url, { ...options, headers, cache: "no-store", credentials: "omit" });
    let response;
    try {
      response = await ask().catch(() => pause(RETRY_AFTER).then(ask));
      if (response.status === 503) {
        await pause(Math.min(1000 * (Number(response.headers.get("retry-after")) || 1), LONGEST_WAIT));
        response = await ask();
      }
    } catch {
      throw new ServerError("network", "The Duebook server cannot be reached.");
    }
    let body;
    try {
      body = await response.json();
    } catch {
      throw new ServerError("server", `The Duebook server answered ${response.status} with what is no JSON.`);
    }
    if (response.ok) return body;
    const code = CODES[response.status] ?? (response.status < 500 ? "refused" : "server");
    const message = code === "token" ? "Sign in again in the Duebook task pane." : body.detail;
    throw new ServerError(code, message);
  }

  function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  // --- Batches

  function send() {
    clearTimeout(timer);
    timer = null;
    const calls = waiting;
    waiting = [];
    waitingCharacters = 0;
    waitingCells = 0;
    const body = `{"calls":[${calls.map((call) => call.text).join(",")}]}`;
    request(token(), "calls", { method: "POST", headers: { "content-type": "application/json" }, body }).then(
      ({ results }) => calls.forEach((call, place) => call.resolve(results[place])),
      (error) => calls.forEach((call) => call.reject(error)),
    );
  }

  function enqueue(text, cells) {
    return new Promise((resolve, reject) => {
      const fits =
        waiting.length < MOST_CALLS &&
        waitingCharacters + text.length <= MOST_CHARACTERS &&
        waitingCells + cells <= MOST_CELLS;
      if (waiting.length && !fits) send();
      waiting.push({ text, resolve, reject });
      waitingCharacters += text.length;
      waitingCells += cells;
      timer ??= setTimeout(send, WINDOW);
    });
  }

  // Answers are promises, so that equal calls share one that is still under way.
  function ask(text, cells, store) {
    const found = kept.get(text);
    if (found && found.until > Date.now()) return found.answer;
    if (found) drop(text);
    const answer = enqueue(text, cells);
    const long = text.length > LONGEST_KEPT; // shared while it is under way, and not kept
    const until = store ? Date.now() + STORE_KEPT : Infinity;
    const one = { answer, store, until, size: long ? 0 : text.length };
    kept.set(text, one);
    keptCharacters += one.size;
    for (const [oldest] of kept) {
      if (kept.size <= KEPT_CALLS && keptCharacters <= KEPT_CHARACTERS) break;
      drop(oldest);
    }
    answer.then(
      (result) => {
        if (kept.get(text) !== one) return;
        const size = Array.isArray(result) ? JSON.stringify(result).length : 20;
        if (long || size > LONGEST_KEPT) return drop(text);
        one.size += size;
        keptCharacters += size;
      },
      () => kept.get(text) === one && drop(text), // what failed on the way is no answer
    );
    return answer;
  }

  function drop(text) {
    keptCharacters -= kept.get(text).size;
    kept.delete(text);
  }

  function dropKept(which = () => true) {
    for (const [text, one] of kept) if (which(one)) drop(text);
  }

  // --- Cells from Excel

  // Excel hands over numbers, text, booleans, null or "" for an empty cell, CustomFunctions.Error for an error,
  // and for anything richer an object with its basic value. Dates are serial numbers.
  function fromCell(cell) {
    if (cell === null || cell === undefined || cell === "") return null;
    if (typeof cell !== "object") return cell;
    if (cell.type === "Empty") return null;
    const value = cell.code ?? cell.basicValue;
    const isError = cell.code !== undefined || cell.basicType === "Error" || cell.type === "Error";
    if (isError || value === undefined) return { error: typeof value === "string" ? value : "#VALUE!" };
    return value;
  }

  // A range is always rows. One cell travels as itself, a column as a list.
  function fromRange(rows) {
    if (!Array.isArray(rows)) return fromCell(rows);
    if (rows.some((row) => row.length !== 1)) return rows.map((row) => row.map(fromCell));
    return rows.length === 1 ? fromCell(rows[0][0]) : rows.map((row) => fromCell(row[0]));
  }

  // People select whole columns of a sheet. The rows at the end that are empty in every column need not travel
  // where the function passes over them anyway. One cell would stand for all, so two rows are left.
  function withoutEmptyEnd(args, columns) {
    const ranges = columns.map((place) => args[place]).filter((range) => Array.isArray(range) && range.length > 1);
    const length = ranges[0]?.length ?? 0;
    if (ranges.some((range) => range.length !== length || range[0].length !== ranges[0][0].length)) return args;
    const isEmpty = (row) => row.every((cell) => fromCell(cell) === null);
    let end = length;
    while (end > 2 && ranges.every((range) => isEmpty(range[end - 1]))) end -= 1;
    return end === length ? args : args.map((arg) => (ranges.includes(arg) ? arg.slice(0, end) : arg));
  }

  // --- Cells for Excel

  let showsDates; // whether this Excel takes a number with its format; asked once

  function dateCell(text) {
    const [year, month, day] = text.split("-").map(Number);
    const days = new Date(0).setUTCFullYear(year, month - 1, day) / 86400000;
    let serial = days + 25569;
    if (serial < 61) serial -= 1; // Excel counts a 29 February 1900
    if (serial < 1) return text; // a day before Excel's first
    showsDates ??= globalThis.Office?.context?.requirements?.isSetSupported("CustomFunctionsRuntime", "1.4");
    return showsDates ? { type: "FormattedNumber", basicValue: serial, numberFormat: DATE_FORMAT } : serial;
  }

  function errorCell(code, message) {
    const known = RESULT_ERRORS.has(code);
    const shown = known ? code : "#VALUE!";
    const words = known ? message : `${code}: ${message}`;
    if (globalThis.CustomFunctions?.Error) return new CustomFunctions.Error(shown, words);
    return Object.assign(new Error(words), { code: shown });
  }

  function toCell(cell) {
    if (cell === null) return ""; // Excel makes 0 of null
    if (typeof cell !== "object") return cell;
    return cell.date ? dateCell(cell.date) : errorCell(cell.error, cell.message);
  }

  // --- Functions

  async function call(name, args) {
    const { columns, store } = functions.get(name);
    const sent = withoutEmptyEnd(args, columns);
    const text = JSON.stringify([name, sent.map(fromRange)]);
    const cells = sent.reduce((sum, arg) => sum + (Array.isArray(arg) ? arg.length * arg[0].length : 1), 0);
    let answer;
    try {
      answer = await ask(text, cells, store);
    } catch (error) {
      throw errorCell("#N/A", error.message);
    }
    if (Array.isArray(answer)) return answer.map((row) => row.map(toCell));
    if (answer?.error) throw errorCell(answer.error, answer.message);
    return [[toCell(answer)]];
  }

  // Excel hands over the arguments, null for one that is left out, and then the invocation.
  function associate(declared) {
    for (const one of declared) {
      functions.set(one.id, one);
      globalThis.CustomFunctions?.associate(one.id, (...args) => call(one.id, args.slice(0, -1)));
    }
  }

  return {
    associate,
    call,
    signIn,
    signOut,
    status,
    get signedIn() {
      return Boolean(token());
    },
  };
})();
