// SPDX-License-Identifier: GPL-2.0-or-later
// check_openapi.mjs FILE: holds a document against OpenAPI's own schema, by a
// checker that knows nothing of Kabari. Run where node_modules has it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [file, modules] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/package.json`));
const name = "@seriousme/openapi-schema-validator";
const { Validator } = await import(pathToFileURL(require.resolve(name)));
const validator = new Validator();
const document = JSON.parse(readFileSync(file, "utf8"));
const result = await validator.validate(document);

if (!result.valid) {
  console.error(JSON.stringify(result.errors, null, 1).slice(0, 4000));
  process.exit(1);
}
validator.resolveRefs();

// What the schema cannot say: ids are unique, paths have their parameters.
const ids = new Set();
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    const where = `${method} ${path}`;
    if (!operation.operationId || ids.has(operation.operationId)) {
      throw new Error(`${where}: no operationId of its own`);
    }
    ids.add(operation.operationId);
    for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) {
      if (!operation.parameters.some((p) => p.in === "path" && p.name === parameter)) {
        throw new Error(`${where}: {${parameter}} is not described`);
      }
    }
  }
}
console.log(`${ids.size} operations, OpenAPI ${validator.version}`);
