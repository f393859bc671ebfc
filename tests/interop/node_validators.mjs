// node node_validators.mjs FOLDER < {name: {schema, texts}}: what Ajv and hyperjump, installed in FOLDER, say of each text.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const version = (name) => JSON.parse(readFileSync(`${process.argv[2]}/node_modules/${name}/package.json`)).version;
const asked = JSON.parse(readFileSync(0, "utf8"));
const Ajv = require("ajv/dist/2020").default;
const hyperjump = await import(pathToFileURL(require.resolve("@hyperjump/json-schema/draft-2020-12")).href);

async function verdicts(load) {
  const found = {};
  for (const [name, { schema, texts }] of Object.entries(asked)) {
    try {
      const judge = await load(schema);
      found[name] = texts.map((text) => judge(JSON.parse(text)));
    } catch (error) {
      found[name] = String(error.message ?? error);
    }
  }
  return found;
}

const tools = {};
const refused = (message) => { throw new Error(message); };
const loud = { log: refused, warn: refused, error: refused }; // as it is, Ajv logs what strict: true refuses
tools[`Ajv ${version("ajv")}, as it is`] = await verdicts((schema) => new Ajv({ logger: loud }).compile(schema));
tools[`Ajv ${version("ajv")}, strict: true`] = await verdicts((schema) => new Ajv({ strict: true, logger: false }).compile(schema));
tools[`hyperjump ${version("@hyperjump/json-schema")}`] = await verdicts(async (schema) => {
  hyperjump.registerSchema(schema, schema.$id);
  const validate = await hyperjump.validate(schema.$id);
  return (value) => validate(value).valid;
});
console.log(JSON.stringify(tools));
