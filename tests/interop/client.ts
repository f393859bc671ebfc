// A client in TypeScript, by hand (its versions and what it showed stand in schemas/README.md):
//   ocr-conformance openapi --contract auto-classification-v1.0 > v1.json; npx openapi-typescript v1.json -o v1.ts
//   ocr-conformance openapi --contract auto-id-doc-classification-v2 > v2.json; npx openapi-typescript v2.json -o v2.ts
//   npx tsc --strict --module commonjs --target es2022 --moduleResolution node10 --skipLibCheck client.ts
//   node client.js ORIGIN IMAGE DATA        the origin of `ocr-conformance serve --token sesame`, pictures of examples.json
import createClient from "openapi-fetch";
import type { paths as Tickets } from "./v1";
import type { paths as Documents } from "./v2";
const headers = { "X-Auth-Token": "sesame" };
const baseUrl = process.argv[2];
const image = process.argv[3], data = process.argv[4];
(async () => {
  const { data: answer, error } = await createClient<Tickets>({ baseUrl, headers }).POST("/v1.0/ocr/auto-classification", { body: { image } });
  if (answer === undefined) throw new Error(error.error_code);
  const [first] = answer.result;
  const amount: unknown = first.content?.amount;
  console.log(first.type, first.status.error_code, amount);
  const { data: document } = await createClient<Documents>({ baseUrl, headers }).POST("/v2/{project_id}/ocr/auto-id-doc-classification", { params: { path: { project_id: "0123456789abcdef0123456789abcdef" } }, body: { data, alarm: true } });
  console.log(document?.result.type, document?.result.alarm_result?.detect_blur_result);
  const refused = await createClient<Tickets>({ baseUrl, headers }).POST("/v1.0/ocr/auto-classification", { body: {} });
  console.log(refused.error?.error_code);
})();
