// Stands in for Excel as far as a custom function sees it, so that the script a server gives out runs in Node:
// Microsoft's typings (custom-functions-runtime) say what is here. It reads a list of steps from standard input
// as JSON, takes them one after another, and prints what came of each.
"use strict";

const vm = require("node:vm");

class CustomFunctionsError extends Error {
  constructor(code, message) {
    super(message ?? "");
    this.code = code;
  }
}

const associated = new Map();
const requests = [];
const memory = new Map();
let supported = []; // requirement sets, as "CustomFunctionsRuntime 1.4"

globalThis.CustomFunctions = {
  associate: (id, body) => associated.set(id, body),
  Error: CustomFunctionsError,
};
globalThis.Office = {
  context: { requirements: { isSetSupported: (name, version) => supported.includes(`${name} ${version}`) } },
};
globalThis.localStorage = {
  getItem: (key) => memory.get(key) ?? null,
  setItem: (key, value) => memory.set(key, String(value)),
  removeItem: (key) => memory.delete(key),
};

// The script's waits are cut short: what they wait for is not what is tested.
const soon = (body, milliseconds) => setTimeout(body, Math.min(milliseconds, 50));

const { fetch: reallyFetch } = globalThis;
globalThis.fetch = (url, options) => {
  const body = options.body && JSON.parse(options.body);
  requests.push({ path: new URL(url).pathname, calls: body?.calls.length ?? 0, bytes: options.body?.length ?? 0 });
  return reallyFetch(url, options);
};

// What JSON cannot say: errors as Excel hands them over, and a range of a whole column.
function fromStep(value) {
  if (Array.isArray(value)) return value.map(fromStep);
  if (value?.error) return new CustomFunctionsError(value.error);
  if (value?.rich) return value.rich;
  if (value?.rows) return Array.from({ length: value.of }, (_, row) => value.rows[row] ?? value.empty);
  return value;
}

function toAnswer(value) {
  if (Array.isArray(value)) return value.map(toAnswer);
  if (value instanceof Error) return { error: value.code, message: value.message };
  return value;
}

function ask([name, args]) {
  const invocation = { functionName: name };
  return associated.get(name)(...fromStep(args), invocation).then(
    toAnswer,
    (error) => ({ rejected: toAnswer(error) }),
  );
}

const STEPS = {
  calls: (calls) => Promise.all(calls.map(ask)),
  direct: ([name, args]) => duebook.call(name, fromStep(args)).then(toAnswer, (error) => ({ rejected: toAnswer(error) })),
  signIn: (token) => duebook.signIn(token).catch(toAnswer),
  signOut: () => duebook.signOut(),
  status: () => duebook.status().catch(toAnswer),
  signedIn: () => duebook.signedIn,
  supports: (sets) => void (supported = sets),
  requests: () => requests.splice(0),
  page: (url) => void (globalThis.document = { baseURI: url }),
  kept: () => Object.fromEntries(memory),
  timed: async (calls) => {
    const started = performance.now();
    await Promise.all(calls.map(ask));
    return performance.now() - started;
  },
};

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { url, steps } = JSON.parse(Buffer.concat(chunks).toString());
  globalThis.document = { baseURI: `${url}/taskpane.html` };
  const script = await reallyFetch(`${url}/functions.js`);
  vm.runInThisContext(`(setTimeout) => {${await script.text()}}`, { filename: "functions.js" })(soon);
  const answers = [];
  for (const [step, argument] of steps) answers.push((await STEPS[step](argument)) ?? null);
  process.stdout.write(JSON.stringify(answers));
}

main();
