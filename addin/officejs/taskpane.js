"use strict";
// The task pane: find a worksheet function, read its help, put it into the active cell; sign in, and see what the
// server holds. It works in any browser; inserting needs Excel. All text from elsewhere becomes text nodes, never HTML.
(() => {
  const NAMESPACE = "DUE";
  const NEEDED = ["ExcelApi", "1.7"]; // the first with Workbook.getActiveCell
  const LANGUAGE_KEY = "duebook.language";

  // ---- Words, in both languages. A function takes what varies. -----------------------------------------------------

  const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
  const WORDS = {
    en: {
      server: "Server",
      signInHint: "Cells calculate once you are signed in. Whoever runs the server has the token.",
      token: "Access token",
      signIn: "Sign in",
      signOut: "Sign out",
      signedIn: "Signed in. The workbook recalculates.",
      signedInHere: "Signed in.",
      signedOut: "Signed out. Cells no longer calculate.",
      askAgain: "Ask again",
      asking: "Asking the server…",
      functions: "Functions",
      search: "Search functions",
      category: "Category",
      everything: "All",
      count: (n) => plural(n, "function", "functions"),
      nothing: "No function found. Try another word, in English or Chinese, or another category.",
      loading: "Loading the functions…",
      noCatalogue: "The list of functions could not be loaded: the server does not answer.",
      again: "Try again",
      back: "Back to the list",
      insert: "Insert at the cursor",
      arguments: "Arguments",
      result: "Result",
      examples: "Examples",
      gives: "gives",
      insertExample: "Insert this example",
      table: "Result of the example",
      storeNote: "It asks the refreshed store. The examples are of a small one; your customers and figures differ.",
      optional: "optional",
      one: { date: "a date", number: "a number", text: "a text", any: "a value" },
      many: { date: "dates", number: "numbers", text: "texts", any: "values" },
      shape: {
        cell: (one) => one,
        column: (one, many) => `${many}: a range, or one cell for all`,
        list: (one, many) => `${many}: a range, or text such as 0,30,60,90`,
        series: (one, many) => `${many}, or two columns: dates, and the number from each`,
        row: (one, many) => `a row of ${many}`,
        pairs: () => "two columns: names, and a value for each",
        grid: (one, many) => `a range of ${many}, whose rows and columns count`,
        table: () => "a table",
      },
      resultColumn: (one, many) => `a column of ${many}`,
      noExcel: "Inserting works in Excel. In a browser you can read and copy.",
      oldExcel: "This Excel is too old for inserting from here. You can read and copy.",
      notYet: "Still waiting for Excel.",
      inserted: (cell) => `Inserted into ${cell}.`,
      insertedTemplate: (cell) => `Inserted into ${cell}. Now replace each name in the brackets with a cell or a range.`,
      occupied: (cell) => `${cell} is not empty. Replace what it holds?`,
      keep: "Keep it",
      replace: "Replace",
      kept: (cell) => `${cell} was left as it is.`,
      editing: "Excel is editing a cell. Press Enter or Esc in the sheet, then insert again.",
      protected: "The sheet is protected, so nothing was inserted. Unprotect it, or choose another cell.",
      refused: (message) => `Excel refused: ${message}`,
      reconciled: "Reconciled",
      notReconciled: "Does not reconcile",
      neverReconciled: "Not yet reconciled",
      allReconciled: (n) => (n === 1 ? "The company reconciles" : `All ${n} companies reconcile`),
      someDoNot: (bad, n) => `${bad} of ${plural(n, "company", "companies")} ${bad === 1 ? "does" : "do"} not reconcile`,
      noCompanies: "No company in the store",
      asOf: (what, day) => `${what}, as of ${day}`,
      lastRun: "Last refresh",
      run: (number, when, status) => `run ${number}, ${when}: ${status}`,
      policy: "Policy",
      version: (name, version) => `${name}, version ${version}`,
      asOfDay: "As of",
      program: "Duebook",
      companies: "Companies",
      store: {
        none: "No refreshed store",
        empty: "The store has not been refreshed yet",
        unreadable: "The store cannot be read",
      },
      lastRunEnded: (status) => `Last refresh: ${status}`,
      runStatus: {},
      problem: {
        token: "The server does not know this token.",
        refused: "The server refused this page. Open it at the address that the server was started for.",
        busy: "The server is busy. Ask again in a moment.",
        network: "The server does not answer. Is it running, and does this computer trust its certificate?",
        server: "Something went wrong in the server. Its log says what.",
      },
    },
    zh: {
      server: "服务器",
      signInHint: "登录后单元格才会计算。访问令牌由服务器管理员提供。",
      token: "访问令牌",
      signIn: "登录",
      signOut: "退出登录",
      signedIn: "已登录，工作簿正在重新计算。",
      signedInHere: "已登录。",
      signedOut: "已退出登录，单元格不再计算。",
      askAgain: "刷新状态",
      asking: "正在询问服务器…",
      functions: "函数",
      search: "搜索函数",
      category: "类别",
      everything: "全部",
      count: (n) => `共 ${n} 个函数`,
      nothing: "没有找到函数。请换一个中文或英文词，或换一个类别。",
      loading: "正在加载函数…",
      noCatalogue: "无法加载函数列表：服务器没有应答。",
      again: "重试",
      back: "返回列表",
      insert: "插入到活动单元格",
      arguments: "参数",
      result: "结果",
      examples: "示例",
      gives: "得到",
      insertExample: "插入此示例",
      table: "示例的结果",
      storeNote: "此函数查询已刷新的数据存储。示例来自一个小型存储，您的客户和数字会不同。",
      optional: "可选",
      one: { date: "一个日期", number: "一个数字", text: "一段文本", any: "一个值" },
      many: { date: "日期", number: "数字", text: "文本", any: "值" },
      shape: {
        cell: (one) => one,
        column: (one, many) => `${many}：区域，或一个单元格代表全部`,
        list: (one, many) => `${many}：区域，或 0,30,60,90 这样的文本`,
        series: (one, many) => `${many}，或两列：日期及自该日起的数字`,
        row: (one, many) => `一行${many}`,
        pairs: () => "两列：名称及其值",
        grid: (one, many) => `按行列排列的${many}区域`,
        table: () => "一个表格",
      },
      resultColumn: (one, many) => `一列${many}`,
      noExcel: "在 Excel 中才能插入；在浏览器中可以阅读和复制。",
      oldExcel: "此 Excel 版本太旧，不能从这里插入；可以阅读和复制。",
      notYet: "仍在等待 Excel。",
      inserted: (cell) => `已插入 ${cell}。`,
      insertedTemplate: (cell) => `已插入 ${cell}。请把括号中的每个名称换成单元格或区域。`,
      occupied: (cell) => `${cell} 不是空的。要替换其中的内容吗？`,
      keep: "保留",
      replace: "替换",
      kept: (cell) => `${cell} 保持不变。`,
      editing: "Excel 正在编辑单元格。请在工作表中按 Enter 或 Esc，然后重新插入。",
      protected: "工作表受保护，没有插入。请取消保护，或选择其他单元格。",
      refused: (message) => `Excel 拒绝了操作：${message}`,
      reconciled: "对账一致",
      notReconciled: "对账不一致",
      neverReconciled: "尚未对账",
      allReconciled: (n) => (n === 1 ? "公司对账一致" : `${n} 家公司全部对账一致`),
      someDoNot: (bad, n) => `${n} 家公司中有 ${bad} 家对账不一致`,
      noCompanies: "存储中没有公司",
      asOf: (what, day) => `截至 ${day}，${what}`,
      lastRun: "最近刷新",
      run: (number, when, status) => `第 ${number} 次，${when}：${status}`,
      policy: "信用政策",
      version: (name, version) => `${name}，版本 ${version}`,
      asOfDay: "截止日",
      program: "Duebook",
      companies: "公司",
      store: { none: "没有已刷新的数据存储", empty: "数据存储尚未刷新", unreadable: "无法读取数据存储" },
      lastRunEnded: (status) => `最近刷新：${status}`,
      runStatus: {
        ok: "成功",
        running: "正在运行",
        interrupted: "已中断",
        failed: "失败",
        "not reconciled": "对账不一致",
        "partly published": "部分发布",
      },
      problem: {
        token: "服务器不认识此令牌。",
        refused: "服务器拒绝了此页面。请使用服务器启动时的地址打开。",
        busy: "服务器正忙，请稍后再试。",
        network: "服务器没有应答。它在运行吗？此电脑信任它的证书吗？",
        server: "服务器出错，原因见其日志。",
      },
    },
  };

  // ---- What is shown ----------------------------------------------------------------------------------------------

  const state = {
    language: "en",
    functions: null, // the catalogue; null until it is here
    failed: false, // whether it could not be loaded
    open: null, // the function whose help is shown
    whyNoInsert: "notYet", // the word that says so, or null: inserting works
    server: { is: "unknown" }, // unknown | out | asking | in (with document) | problem (with code)
  };
  const words = () => WORDS[state.language];
  const both = (text) => text[state.language];
  const byId = (id) => document.getElementById(id);

  /** Make an element. Children are nodes or texts; whatever is null is left out. */
  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  const say = (message) => {
    byId("said").textContent = message;
  };

  // Storage is a convenience: a browser may forbid it to a page inside another.
  function remembered(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // then it is asked again next time
    }
  }

  // ---- Formulas, as Excel takes them in every language: commas, and ISO text for dates ----------------------------

  const ERROR = /^#(N\/A|VALUE!|REF!|DIV\/0!|NUM!|NAME\?|NULL!)$/;

  function literal(value, empty) {
    if (value === null) return empty;
    if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
    if (typeof value === "string" && !ERROR.test(value)) return `"${value.replaceAll('"', '""')}"`;
    return String(value);
  }

  function argument(value, shape) {
    if (!Array.isArray(value)) return literal(value, "");
    const flat = !Array.isArray(value[0]);
    const rows = !flat ? value : shape === "list" ? [value] : value.map((cell) => [cell]);
    // An array in a formula holds no empty cell; an empty text means the same to every function.
    return `{${rows.map((row) => row.map((cell) => literal(cell, '""')).join(",")).join(";")}}`;
  }

  const call = (one, texts) => `=${NAMESPACE}.${one.name}(${texts.join(", ")})`;
  const usage = (one) => call(one, one.parameters.map((p) => (p.required ? p.name : `[${p.name}]`)));
  const template = (one) => call(one, one.parameters.filter((p) => p.required).map((p) => p.name));
  const exampleFormula = (one, example) =>
    call(one, example.arguments.map((value, i) => argument(value, one.parameters[i].shape)));

  // ---- Search -----------------------------------------------------------------------------------------------------

  const plain = (text) => text.normalize("NFKC").toLowerCase();

  /** All a function may be found by: its name, its keywords, and its help in both languages, whichever is shown. */
  function haystack(one) {
    const texts = [one.help, one.keywords, one.category, one.result.help, ...one.parameters.map((p) => p.help)];
    const names = one.parameters.map((p) => `${p.name} ${p.name.replaceAll("_", " ")}`);
    return plain([`${NAMESPACE}.${one.name}`, ...texts.flatMap((text) => [text.en, text.zh]), ...names].join("\n"));
  }

  /** How well a function answers: 0 its name begins so, 1 its name holds it, 2 its first line, 3 the rest. */
  function rank(one, terms) {
    const name = plain(`${NAMESPACE}.${one.name}`);
    const begins = (term) => name.startsWith(term) || name.startsWith(`${plain(NAMESPACE)}.${term}`);
    if (terms.every(begins)) return 0;
    if (terms.every((term) => name.includes(term))) return 1;
    const line = plain(`${one.help.en}\n${one.help.zh}`);
    return terms.every((term) => line.includes(term)) ? 2 : 3;
  }

  function matching() {
    const terms = plain(byId("query").value).split(/\s+/).filter(Boolean);
    const category = byId("category").value;
    const found = state.functions.filter(
      (one) => (!category || one.category.en === category) && terms.every((term) => one.haystack.includes(term)),
    );
    if (terms.length) found.sort((a, b) => rank(a, terms) - rank(b, terms)); // stable: else alphabetical
    return { found, searched: terms.length > 0 };
  }

  // ---- The list ---------------------------------------------------------------------------------------------------

  function item(one) {
    const button = make(
      "button",
      { type: "button", className: "item" },
      make("code", {}, `${NAMESPACE}.${one.name}`),
      make("span", {}, both(one.help)),
    );
    button.dataset.name = one.name;
    button.addEventListener("click", () => openHelp(one));
    return make("li", {}, button);
  }

  function showList() {
    const results = byId("results");
    if (!state.functions) {
      byId("found").textContent = state.failed ? words().noCatalogue : words().loading;
      const again = make("button", { type: "button" }, words().again);
      again.addEventListener("click", loadCatalogue);
      results.replaceChildren(...(state.failed ? [again] : []));
      return;
    }
    const { found, searched } = matching();
    byId("found").textContent = found.length ? words().count(found.length) : words().nothing;
    if (searched) {
      // The best answer first; categories would tear that order apart.
      results.replaceChildren(make("ul", { "aria-label": words().functions }, ...found.map(item)));
      return;
    }
    results.replaceChildren(
      ...categories(found).flatMap(([name, members]) => [
        make("h3", {}, name),
        make("ul", { "aria-label": name }, ...members.map(item)),
      ]),
    );
  }

  function categories(functions) {
    const shelves = new Map();
    for (const one of functions) shelves.set(both(one.category), [...(shelves.get(both(one.category)) || []), one]);
    return [...shelves];
  }

  function showCategories() {
    const select = byId("category");
    const chosen = select.value;
    const names = new Map((state.functions || []).map((one) => [one.category.en, both(one.category)]));
    select.replaceChildren(
      make("option", { value: "" }, words().everything),
      ...[...names].map(([value, name]) => make("option", { value }, name)),
    );
    select.value = chosen;
  }

  const items = () => [...document.querySelectorAll(".item")];

  /** Arrows walk from the search through the list and back; Tab goes through it too. */
  function walk(event) {
    const all = items();
    const at = all.indexOf(document.activeElement);
    if (event.isComposing) return; // the arrows choose among an input method's candidates
    if (at < 0 && document.activeElement !== byId("query")) return;
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1 };
    const to = at < 0 ? { ArrowDown: 0 }[event.key] : { ...steps, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    (to < 0 ? byId("query") : all[to])?.focus();
  }

  async function loadCatalogue() {
    state.failed = false;
    showList();
    try {
      const answer = await fetch("catalogue.json");
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      state.functions = await answer.json();
      for (const one of state.functions) one.haystack = haystack(one);
    } catch {
      state.failed = true;
    }
    showCategories();
    showList();
    openAddressed();
  }

  // ---- Help -------------------------------------------------------------------------------------------------------

  /** The address may name a function, as Excel's own help link does: taskpane.html#AGING. */
  function openAddressed() {
    const one = state.functions?.find((each) => `#${each.name}` === location.hash);
    if (one) openHelp(one);
  }

  function openHelp(one) {
    state.open = one;
    say("");
    showHelp();
    byId("help-title").focus();
    window.scrollTo(0, 0);
  }

  function closeHelp() {
    const name = state.open.name;
    state.open = null;
    say("");
    showHelp();
    (items().find((each) => each.dataset.name === name) || byId("query")).focus();
  }

  function what({ kind, shape }, isResult) {
    const { one, many, resultColumn } = words();
    const phrase = isResult && shape === "column" ? resultColumn : words().shape[shape];
    return phrase(one[kind], many[kind]);
  }

  function parameterHelp(parameter) {
    const optional = parameter.required ? "" : `(${words().optional}) `;
    return [
      make("dt", {}, make("code", {}, parameter.name), make("span", {}, ` ${optional}${what(parameter)}`)),
      make("dd", {}, both(parameter.help)),
    ];
  }

  function cellText(value) {
    if (value === null) return "";
    return value.error ?? (typeof value === "string" ? value : literal(value));
  }

  function cells(value, shape, number) {
    if (!Array.isArray(value)) return make("code", {}, cellText(value));
    const flat = !Array.isArray(value[0]);
    const rows = !flat ? value : shape === "row" ? [value] : value.map((cell) => [cell]);
    const cell = (each) => make("td", { className: typeof each === "number" ? "number" : "" }, cellText(each));
    // Reached by Tab, so that the arrows can scroll it.
    return make(
      "div",
      { className: "cells", tabIndex: 0, role: "region", "aria-label": `${words().table} ${number}` },
      make("table", {}, make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell))))),
    );
  }

  function insertButton(label, formula, formulaId, isTemplate) {
    const button = make("button", { type: "button", className: "main", "aria-describedby": formulaId }, label);
    if (state.whyNoInsert) {
      // Not `disabled`: it stays in reach of Tab, and says why.
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-describedby", `${formulaId} why-no-insert`);
    }
    button.addEventListener("click", () => insert(formula, isTemplate));
    return make("div", { className: "line" }, button);
  }

  function exampleHelp(one, example, number) {
    const formula = exampleFormula(one, example);
    const id = `example-${number}`;
    return make(
      "li",
      { className: "example" },
      make("pre", { className: "formula", id }, formula),
      make("p", { className: "quiet" }, words().gives),
      cells(example.result, one.result.shape, number),
      insertButton(words().insertExample, formula, id, false),
    );
  }

  function showHelp() {
    const one = state.open;
    byId("browse").hidden = one !== null;
    byId("help").hidden = one === null;
    if (one === null) return;
    const reading = document.activeElement === byId("help-title"); // while Office arrives
    const back = make("button", { type: "button" }, `← ${words().back}`);
    back.addEventListener("click", closeHelp);
    byId("help").replaceChildren(
      make("p", { className: "line" }, back),
      make("h2", { id: "help-title", tabIndex: -1 }, `${NAMESPACE}.${one.name}`),
      make("p", { className: "quiet" }, both(one.category)),
      make("p", {}, both(one.help)),
      make("pre", { className: "formula", id: "usage" }, usage(one)),
      insertButton(words().insert, template(one), "usage", one.parameters.some((p) => p.required)),
      state.whyNoInsert ? make("p", { id: "why-no-insert", className: "note" }, words()[state.whyNoInsert]) : "",
      one.asks_store ? make("p", { className: "note" }, words().storeNote) : "",
      make("h3", {}, words().arguments),
      make("dl", {}, ...one.parameters.flatMap(parameterHelp)),
      make("h3", {}, words().result),
      make("p", {}, both(one.result.help), make("span", { className: "quiet" }, ` (${what(one.result, true)})`)),
      make("h3", {}, words().examples),
      make("ul", { "aria-label": words().examples }, ...one.examples.map((each, i) => exampleHelp(one, each, i + 1))),
    );
    if (reading) byId("help-title").focus();
  }

  // ---- Inserting --------------------------------------------------------------------------------------------------

  /**
   * Put a formula into the active cell. What the cell holds is overwritten only when a person has just seen it and
   * agreed: the active cell may have moved since, or its content changed; then the question is asked again.
   */
  async function insert(formula, isTemplate, agreed) {
    if (state.whyNoInsert) {
      say(words()[state.whyNoInsert]);
      return;
    }
    try {
      const cell = await Excel.run(async (context) => {
        const active = context.workbook.getActiveCell();
        active.load("address,formulas");
        await context.sync();
        const held = { address: active.address, content: String(active.formulas[0][0]) };
        const seen = agreed?.address === held.address && agreed.content === held.content;
        if (held.content !== "" && held.content !== formula && !seen) return { ...held, occupied: true };
        active.formulas = [[formula]];
        await context.sync();
        return held;
      });
      if (cell.occupied) ask(cell, () => insert(formula, isTemplate, cell));
      else say(words()[isTemplate ? "insertedTemplate" : "inserted"](cell.address));
    } catch (error) {
      const known = { InvalidOperationInCellEditMode: "editing", AccessDenied: "protected" }[error.code];
      say(known ? words()[known] : words().refused(error.message));
    }
  }

  /** Office shows no window.confirm. */
  function ask(cell, onReplace) {
    say("");
    const dialog = byId("question");
    byId("question-text").textContent = words().occupied(cell.address);
    byId("question-held").textContent = cell.content;
    dialog.onclose = () => say(words().kept(cell.address)); // by the button, or Escape
    byId("keep").onclick = () => dialog.close();
    byId("replace").onclick = () => {
      dialog.onclose = onReplace;
      dialog.close();
    };
    dialog.showModal();
  }

  // ---- The server -------------------------------------------------------------------------------------------------

  const day = (iso) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(iso));
  const moment = (iso) =>
    new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
  const locale = () => (state.language === "zh" ? "zh-CN" : "en-GB");
  const sign = (kind) => {
    const glyph = { good: "✓", bad: "!", none: "–" }[kind];
    return make("span", { className: `sign ${kind}`, "aria-hidden": "true" }, glyph);
  };
  const statusWord = (status) => words().runStatus[status] || status;

  /** One line that says how things stand: what kind of news, and the words. */
  function summary({ store, companies, last_run: run }) {
    if (store !== "ready") return [store === "unreadable" ? "bad" : "none", words().store[store] || store];
    const bad = companies.filter((company) => !company.reconciled).length;
    const asOf = (news) => (run ? words().asOf(news, day(run.as_of)) : news);
    if (bad) return ["bad", asOf(words().someDoNot(bad, companies.length))];
    if (run && run.status !== "ok") return ["bad", asOf(words().lastRunEnded(statusWord(run.status)))];
    if (!companies.length) return ["none", words().noCompanies];
    return ["good", asOf(words().allReconciled(companies.length))];
  }

  function company(one) {
    const { reconciled, notReconciled, neverReconciled, asOf } = words();
    const verdict = one.reconciled ? reconciled : notReconciled;
    const said = one.as_of ? asOf(verdict, day(one.as_of)) : neverReconciled;
    return make(
      "li",
      {},
      sign(one.reconciled ? "good" : "bad"),
      make("div", {}, make("strong", {}, one.name || one.company), ` ${one.source}/${one.company}`, make("p", {}, said)),
    );
  }

  function details({ version, message, policy, last_run: run, companies }) {
    const rows = [];
    if (run) {
      const when = moment(run.finished || run.started);
      rows.push([words().lastRun, words().run(run.run, when, statusWord(run.status))]);
      rows.push([words().asOfDay, day(run.as_of)]);
    }
    rows.push([words().policy, words().version(policy.name, policy.version)]);
    rows.push([words().program, version]);
    return [
      message ? make("p", { className: "quiet" }, message) : "",
      make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
      companies.length ? make("ul", { "aria-label": words().companies }, ...companies.map(company)) : "",
    ];
  }

  function showServer() {
    const { is, document: held, code, typed } = state.server;
    const form = is === "out" || (is === "problem" && typed);
    byId("sign-in").hidden = !form;
    byId("status").hidden = form || is === "unknown";
    const problem = code ? words().problem[code] || words().problem.server : "";
    byId("sign-in-problem").textContent = form ? problem : "";
    byId("token").setAttribute("aria-invalid", String(form && code === "token"));
    if (form || is === "unknown") return;
    const [kind, line] = { asking: ["none", words().asking], problem: ["bad", problem] }[is] || summary(held);
    byId("status-summary").replaceChildren(sign(kind), make("span", {}, line));
    byId("status-details").replaceChildren(...(held ? details(held) : []));
  }

  /** Show what the server holds; bad news opens by itself. */
  async function askServer(question, typed) {
    state.server = { is: typed ? "out" : "asking" };
    showServer();
    try {
      state.server = { is: "in", document: await question() };
      if (summary(state.server.document)[0] === "bad") byId("status").open = true;
    } catch (error) {
      // A token that no longer holds asks for a new one; any other trouble leaves the person signed in.
      state.server = { is: "problem", code: error.code, typed: typed || error.code === "token" };
      byId("status").open = true;
    }
    showServer();
    return state.server.is === "in";
  }

  async function askAgain() {
    await askServer(() => duebook.status());
    if (byId("status").hidden) byId("token").focus(); // the token no longer holds
    else say(byId("status-summary").lastChild.textContent);
  }

  async function signIn(event) {
    event.preventDefault();
    const field = byId("token");
    if (!(await askServer(() => duebook.signIn(field.value.trim()), true))) {
      field.focus();
      return;
    }
    field.value = "";
    byId("status-summary").focus();
    say(words()[state.whyNoInsert ? "signedInHere" : "signedIn"]);
    // What the cells answered without a token stays until they are calculated.
    if (!state.whyNoInsert) await recalculate();
  }

  async function recalculate() {
    try {
      await Excel.run(async (context) => {
        context.workbook.application.calculate(Excel.CalculationType.full);
        await context.sync();
      });
    } catch (error) {
      say(words().refused(error.message));
    }
  }

  function signOut() {
    duebook.signOut();
    state.server = { is: "out" };
    showServer();
    byId("token").focus();
    say(words().signedOut);
  }

  function connectServer() {
    if (!globalThis.duebook) return; // functions.js did not come: the page can still be read
    if (duebook.signedIn) {
      askServer(() => duebook.status());
      return;
    }
    state.server = { is: "out" };
    showServer();
  }

  // ---- Language, Office, start ------------------------------------------------------------------------------------

  function speak(language) {
    state.language = language;
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = words()[element.dataset.word];
    const other = language === "zh" ? "en" : "zh";
    byId("language").textContent = { en: "English", zh: "中文" }[other];
    byId("language").lang = { en: "en", zh: "zh-CN" }[other];
    say("");
    showCategories();
    showList();
    showHelp();
    showServer();
  }

  const languageOf = (tag) => (/^zh\b/i.test(tag || "") ? "zh" : "en");

  async function connectOffice() {
    const info = globalThis.Office ? await Office.onReady() : null;
    if (info?.host === "Excel") {
      state.whyNoInsert = Office.context.requirements.isSetSupported(...NEEDED) ? null : "oldExcel";
      const dark = Office.context.officeTheme?.isDarkTheme;
      if (typeof dark === "boolean") document.documentElement.dataset.theme = dark ? "dark" : "light";
      if (!remembered(LANGUAGE_KEY)) speak(languageOf(Office.context.displayLanguage));
    } else {
      state.whyNoInsert = "noExcel";
    }
    showHelp();
  }

  byId("language").addEventListener("click", () => {
    const other = state.language === "zh" ? "en" : "zh";
    remember(LANGUAGE_KEY, other);
    speak(other);
  });
  byId("search").addEventListener("input", showList);
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = state.functions && matching().found[0];
    if (first) openHelp(first);
  });
  byId("browse").addEventListener("keydown", walk);
  byId("help").addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeHelp();
  });
  byId("sign-in").addEventListener("submit", signIn);
  byId("sign-out").addEventListener("click", signOut);
  byId("refresh").addEventListener("click", askAgain);
  // Excel keeps the pane for days; the night may have brought a refresh.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !byId("status").hidden) askServer(() => duebook.status());
  });
  window.addEventListener("hashchange", openAddressed);
  document.addEventListener("DOMContentLoaded", () => {
    connectServer();
    connectOffice();
  });

  speak(remembered(LANGUAGE_KEY) === null ? languageOf(navigator.language) : languageOf(remembered(LANGUAGE_KEY)));
  loadCatalogue();
})();
