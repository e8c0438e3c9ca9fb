// Resizes and encodes with sharp, one job a line of standard input, and answers each with its time and bytes.
// One thread a picture, as a server with a worker a core has it, and no cache between jobs.
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import sharp from "sharp";

sharp.cache(false);
sharp.concurrency(1);
for await (const line of createInterface({ input: process.stdin })) {
  const { source, width, format, options, target } = JSON.parse(line);
  const begun = process.hrtime.bigint();
  const bytes = await sharp(source).resize({ width }).toFormat(format, options).toBuffer();
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  writeFileSync(target, bytes);
  console.log(JSON.stringify({ ms, bytes: bytes.length }));
}
