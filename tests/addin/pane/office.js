"use strict";
// Stands in for https://appsforoffice.microsoft.com/lib/1/hosted/office.js in Chromium, where there is no Excel.
//
// It holds what the task pane and functions.js touch, and as little else as possible. Names, signatures and enum
// values are those of Microsoft's typings (@types/office-js 1.0.612); that a property cannot be read before load()
// and sync() is also what office-addin-mock checks. Beyond them it takes from @microsoft/office-js 1.1.110: the codes
// and the sense of the errors, that Excel.run syncs once more at its end, and that outside Office onReady answers null
// for host and platform. It evaluates no formula, knows one sheet, and is no proof of how Excel behaves.
//
// A test may set globalThis.officeSetup beforehand; globalThis.standIn is the workbook, for it to look at and change.
(() => {
  const setup = {
    host: "Excel",
    platform: "PC",
    displayLanguage: "en-US",
    isDarkTheme: undefined,
    sets: { ExcelApi: "1.17" },
    ...globalThis.officeSetup,
  };
  const standIn = {
    active: "Sheet1!A1",
    cells: {}, // what each address holds, as Range.formulas would give it
    editing: false, // a person is typing in a cell
    protected: false, // the sheet is
    calculated: [], // the kinds of every calculation asked for
    associated: {}, // the custom functions by id
  };

  class RuntimeError extends Error {
    constructor(code, message) {
      super(message);
      this.name = "RichApi.Error";
      this.code = code;
    }
  }

  class RequestContext {
    #queue = [];
    constructor() {
      const context = this;
      this.workbook = {
        getActiveCell: () => new Range(context, () => standIn.active),
        application: { calculate: (type) => context.queue(() => standIn.calculated.push(type)) },
      };
    }
    queue(action) {
      this.#queue.push(action);
    }
    async sync(passThrough) {
      const actions = this.#queue.splice(0);
      await null; // Excel is another process: nothing is there at once
      if (actions.length && standIn.editing) {
        throw new RuntimeError("InvalidOperationInCellEditMode", "Excel is in cell-editing mode.");
      }
      for (const action of actions) action();
      return passThrough;
    }
  }

  class Range {
    #context;
    #address; // found when the queue first runs; the object keeps to that cell from then on
    #loaded = {};
    constructor(context, find) {
      this.#context = context;
      context.queue(() => (this.#address = find()));
    }
    load(names) {
      this.#context.queue(() => {
        const values = { address: this.#address, formulas: [[standIn.cells[this.#address] ?? ""]] };
        for (const name of names.split(",").map((each) => each.trim())) {
          if (!(name in values)) throw new RuntimeError("InvalidArgument", `The stand-in has no property '${name}'.`);
          this.#loaded[name] = values[name];
        }
      });
      return this;
    }
    #read(name) {
      if (name in this.#loaded) return this.#loaded[name];
      throw new RuntimeError(
        "PropertyNotLoaded",
        `The property '${name}' is not available: call load() and context.sync() before it is read.`,
      );
    }
    get address() {
      return this.#read("address");
    }
    get formulas() {
      return this.#read("formulas");
    }
    set formulas(rows) {
      this.#context.queue(() => {
        if (standIn.protected) throw new RuntimeError("AccessDenied", "You can't perform the requested operation.");
        if (!Array.isArray(rows) || rows.length !== 1 || !Array.isArray(rows[0]) || rows[0].length !== 1) {
          throw new RuntimeError("InvalidArgument", "The array doesn't match the size of the range.");
        }
        standIn.cells[this.#address] = rows[0][0];
      });
    }
  }

  const numbers = (version) => version.split(".").map(Number);
  const isSetSupported = (name, minimum = "0.0") => {
    const [major, minor] = numbers(setup.sets[name] ?? "-1.0");
    const [wantedMajor, wantedMinor] = numbers(minimum);
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  };

  globalThis.standIn = standIn;
  globalThis.Office = {
    HostType: { Excel: "Excel" },
    onReady: async (callback) => {
      const info = { host: setup.host, platform: setup.host && setup.platform };
      callback?.(info);
      return info;
    },
    context: {
      displayLanguage: setup.displayLanguage,
      officeTheme: { isDarkTheme: setup.isDarkTheme },
      requirements: { isSetSupported },
    },
  };
  if (!setup.host) return; // outside Office there is no Excel and no CustomFunctions

  globalThis.Excel = {
    CalculationType: { recalculate: "Recalculate", full: "Full", fullRebuild: "FullRebuild" },
    run: async (batch) => {
      const context = new RequestContext();
      return context.sync(await batch(context));
    },
  };
  globalThis.CustomFunctions = {
    associate: (id, body) => {
      standIn.associated[id] = body;
    },
    ErrorCode: {
      invalidValue: "#VALUE!",
      notAvailable: "#N/A",
      divisionByZero: "#DIV/0!",
      invalidNumber: "#NUM!",
      nullReference: "#NULL!",
      invalidName: "#NAME?",
      invalidReference: "#REF!",
    },
    Error: class extends Error {
      constructor(code, message) {
        super(message);
        this.code = code;
      }
    },
  };
})();
