// Draws one line on every page of a PDF with pdf-lib and saves it, as its users do for each reader, and takes the SHA-256.
// node pdf-lib.mjs FILE; prints seconds of the fastest copy, the bytes that memory grew by up to the end of the first, nothing, and the CPU seconds of a copy: the least, the first's.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { PDFDocument, ParseSpeeds, StandardFonts, rgb } from "pdf-lib";

const COPIES = 3;
const LINE = "Prepared for rhea@example.com · Example Corp · 2026-03-01 00:00:00 UTC · copy 7F3K-2QXW-9B4T";

function field(name) {
  const line = readFileSync("/proc/self/status", "utf8").split("\n").find((one) => one.startsWith(`${name}:`));
  return Number(line.split(/\s+/)[1]) * 1024;
}

async function copyOf(path) {
  const pdf = await PDFDocument.load(readFileSync(path), { parseSpeed: ParseSpeeds.Fastest, updateMetadata: false });
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  for (const page of pdf.getPages()) {
    page.drawText(LINE, { x: 30, y: 15, size: 6.5, font, color: rgb(0.32, 0.32, 0.32) });
  }
  return createHash("sha256").update(await pdf.save({ objectsPerTick: Infinity })).digest("hex");
}

// 5 sets the peak back to what is resident now (proc(5)).
writeFileSync("/proc/self/clear_refs", "5");
const before = field("VmRSS");
const seconds = [];
const cpu = [];
let growth = 0;
for (let number = 0; number < COPIES; number += 1) {
  const started = performance.now();
  const used = process.cpuUsage();
  await copyOf(process.argv[2]);
  seconds.push((performance.now() - started) / 1000);
  const spent = process.cpuUsage(used);
  cpu.push((spent.user + spent.system) / 1e6);
  if (number === 0) growth = field("VmHWM") - before;
}
process.stdout.write(JSON.stringify([Math.min(...seconds), growth, null, Math.min(...cpu), cpu[0]]));
