// Makes the pictures that quality is measured on, as PNGs in a folder for each kind: out of wallpapers, and drawn.
// The same wallpapers give the same pictures.
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

import sharp from "sharp";

const WALLPAPERS = "/usr/share/backgrounds";
const WIDTH = 640;
const HEIGHT = 480;
const SCREENS = 64;
const JPEG_QUALITIES = [60, 75, 85, 95];
// Of what is cut from a photograph: how wide that is scaled, and where it lies from left and top.
const PARTS = {
  whole: [WIDTH, 0, 0.5],
  left: [1280, 0.2, 0.6],
  right: [1280, 0.9, 0.3],
  detail: [1920, 0.7, 0.4],
  corner: [1920, 0.1, 0.9],
};

const target = process.argv[2];
sharp.cache(false);

// Numbers in 0..1 that are the same each time (mulberry32).
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// All but drawings of flat colour.
function wallpapers() {
  const isPhotograph = (name) => /\.(jpe?g|png)$/i.test(name) && !name.includes("desktop/") && !/transparent/i.test(name);
  const names = readdirSync(WALLPAPERS, { recursive: true }).filter(isPhotograph);
  return names.sort().map((name) => join(WALLPAPERS, name));
}

async function write(kind, name, picture) {
  mkdirSync(join(target, kind), { recursive: true });
  await picture.png({ compressionLevel: 1 }).toFile(join(target, kind, `${name}.png`));
}

// A part of a picture in sRGB without alpha.
async function part(file, [scaledTo, across, down]) {
  const scaled = { width: scaledTo, withoutEnlargement: true };
  const pixels = await sharp(file).rotate().removeAlpha().toColourspace("srgb").resize(scaled).png().toBuffer();
  const { width, height } = await sharp(pixels).metadata();
  const [wide, high] = [Math.min(WIDTH, width), Math.min(HEIGHT, height)];
  const left = Math.floor((width - wide) * across);
  const top = Math.floor((height - high) * down);
  return sharp(pixels).extract({ left, top, width: wide, height: high });
}

async function photographs(file, name) {
  for (const [which, place] of Object.entries(PARTS)) {
    await write("photographs", `${name}-${which}`, await part(file, place));
  }
}

// The photograph as a JPEG of 1280 pixels of some quality, scaled to half of that.
async function lossySource(file, name, quality) {
  const lossy = await sharp(file).rotate().toColourspace("srgb").resize({ width: 1280 }).jpeg({ quality }).toBuffer();
  await write("jpeg-sources", `${name}-q${quality}`, await part(lossy, PARTS.whole));
}

// A rounded shape of the photograph.
async function subject(file, random) {
  const [width, height] = [240 + Math.floor(random() * 160), 240 + Math.floor(random() * 160)];
  const corner = Math.floor((random() * Math.min(width, height)) / 2);
  const mask = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" rx="${corner}"/></svg>`;
  const pixels = await sharp(file).rotate().toColourspace("srgb").resize(width, height).png().toBuffer();
  return sharp(pixels)
    .ensureAlpha()
    .composite([{ input: Buffer.from(mask), blend: "dest-in" }])
    .png()
    .toBuffer();
}

async function product(file, name, random) {
  const create = { width: WIDTH, height: WIDTH, channels: 3, background: "#fff" };
  const layers = [{ input: await subject(file, random) }];
  await write("products", name, sharp({ create }).composite(layers).removeAlpha());
}

// The same, faded to the left, on nothing.
async function cutOut(file, name, random) {
  const create = { width: HEIGHT, height: HEIGHT, channels: 4, background: "#0000" };
  const fade = `<svg width="${HEIGHT}" height="${HEIGHT}"><defs><linearGradient id="g"><stop offset="0.1" stop-opacity="0"/>
    <stop offset="0.6"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/></svg>`;
  const layers = [{ input: await subject(file, random) }];
  const shape = await sharp({ create }).composite(layers).png().toBuffer();
  await write("alpha", name, sharp(shape).composite([{ input: Buffer.from(fade), blend: "dest-in" }]));
}

const WORDS = `image origin cache purge shard sweep variant quality chroma the of and for with table photo answer header
  width height number score Zürich naïve 1,024 42 % € http error status fresh stale total price item order`.split(/\s+/);
const PALETTES = [
  { back: "#ffffff", text: "#222222", accents: ["#d32f2f", "#1976d2", "#388e3c", "#f57c00"] },
  { back: "#1e1e1e", text: "#d4d4d4", accents: ["#569cd6", "#ce9178", "#6a9955", "#c586c0"] },
  { back: "#f6f1e7", text: "#40352a", accents: ["#b3001b", "#255c99", "#7ea3cc", "#262626"] },
];
const FONTS = ["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"];

// What screenshots show: lines of text, bars, rules, buttons, and a line drawn through points.
function screen(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const { back, text, accents } = pick(PALETTES);
  const font = pick(FONTS);
  const shapes = [`<rect width="100%" height="100%" fill="${back}"/>`];
  for (let y = 24; y < HEIGHT - 20; ) {
    const size = pick([11, 12, 13, 14, 18, 28]);
    const block = random();
    if (block < 0.72) {
      const words = Array.from({ length: 3 + Math.floor((random() * 900) / size / 8) }, () => pick(WORDS)).join(" ");
      const fill = random() < 0.2 ? pick(accents) : text;
      shapes.push(`<text x="20" y="${y}" font-family="${font}" font-size="${size}" fill="${fill}">${words}</text>`);
      y += size * 1.5;
    } else if (block < 0.86) {
      for (let x = 20; x < WIDTH - 40; x += 44) {
        const high = 8 + random() * 60;
        shapes.push(`<rect x="${x}" y="${y + 68 - high}" width="32" height="${high}" fill="${pick(accents)}"/>`);
      }
      y += 92;
    } else if (block < 0.93) {
      const points = Array.from({ length: 12 }, (_, at) => `${20 + at * 52},${y + random() * 70}`).join(" ");
      shapes.push(`<polyline points="${points}" fill="none" stroke="${pick(accents)}" stroke-width="2"/>`);
      y += 92;
    } else {
      shapes.push(`<rect x="20" y="${y}" width="120" height="30" rx="6" fill="${pick(accents)}"/>`);
      shapes.push(`<text x="34" y="${y + 20}" font-family="${font}" font-size="13" fill="${back}">${pick(WORDS)}</text>`);
      y += 52;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${shapes.join("")}</svg>`;
}

// Every other one with a photograph in it, as pages have them.
async function screens(files) {
  for (let number = 0; number < SCREENS; number++) {
    const random = randomOf(1000 + number);
    let picture = sharp(Buffer.from(screen(random))).removeAlpha();
    if (number % 2) {
      const file = files[Math.floor(random() * files.length)];
      const input = await sharp(file).rotate().toColourspace("srgb").resize(220, 160).png().toBuffer();
      picture = picture.composite([{ input, left: WIDTH - 240, top: 20 + Math.floor(random() * 260) }]);
    }
    await write("screens", `screen-${String(number).padStart(2, "0")}`, picture);
  }
}

const files = wallpapers();
for (const [number, file] of files.entries()) {
  const name = `${String(number).padStart(3, "0")}-${basename(file).replace(/\.[^.]*$/, "")}`;
  const random = randomOf(number);
  await photographs(file, name);
  for (const turn of [0, 1]) {
    await lossySource(file, name, JPEG_QUALITIES[(number + 2 * turn) % JPEG_QUALITIES.length]);
    await product(file, `${name}-${turn}`, random);
  }
  await cutOut(file, name, random);
}
await screens(files);
