// Prints the paths that two clients for Node make, one a line: the client, the option, the path.
//
// node urls.mjs SOURCE WATERMARK KEY SALT: URLs of a photograph and of a small picture, and the hex pair that signs.
import { generateImageInfoUrl, generateImageUrl } from "@imgproxy/imgproxy-node";
import Imgproxy from "imgproxy";

const [source, watermark, key, salt] = process.argv.slice(2);
const endpoint = "http://client.test";
// The clients leave this to their callers.
const encoded = (text) => Buffer.from(text).toString("base64url");

const options = {
  adjust: { brightness: 20, contrast: 1.2, saturation: 0.8 },
  auto_rotate: true,
  autoquality: { method: "dssim", target: 0.02, min_quality: 60, max_quality: 90, allowed_error: 0.001 },
  avif_options: "auto",
  background: { r: 10, g: 20, b: 30 },
  background_alpha: 0.5,
  blur: 2,
  brightness: 10,
  cache_tags: ["shop", "cats"],
  cachebuster: "v2",
  colorize: { opacity: 0.5, color: "ff0000", keepAlpha: true },
  contrast: 1.5,
  crop: { width: 100, height: 80, gravity: { type: "nowe", x_offset: 1, y_offset: 2 } },
  crop_aspect_ratio: { aspect_ratio: 1.5, enlarge: true },
  disable_animation: true,
  dpi: 300,
  dpr: 2,
  duotone: { intensity: 1, color1: "000000", color2: "ffd700" },
  enforce_thumbnail: true,
  enlarge: true,
  expires: 4102444800,
  extend: { extend: true, gravity: { type: "so", x_offset: 0, y_offset: 0 } },
  extend_aspect_ratio: { extend: true, gravity: { type: "ce" } },
  fallback_image_url: encoded(watermark),
  filename: { name: "cat" },
  flip: { horizontal: true, vertical: true },
  format: "webp",
  format_quality: [{ format: "jpg", quality: 70 }, { format: "webp", quality: 60 }],
  gradient: { opacity: 0.6, color: "000000", direction: "up", start: 0.2, stop: 0.9 },
  gravity: { type: "sm" },
  height: 120,
  jpeg_options: {
    progressive: true,
    no_subsample: true,
    trellis_quant: true,
    overshoot_deringing: true,
    optimize_scans: true,
    quant_table: 3,
  },
  keep_copyright: true,
  max_bytes: 20000,
  min_height: 90,
  min_width: 90,
  monochrome: { intensity: 1, color: "704214" },
  padding: { top: 1, right: 2, bottom: 3, left: 4 },
  page: 0,
  pages: 1,
  pixelate: 8,
  png_options: { interlaced: false, quantize: true, quantization_colors: 32 },
  preserve_hdr: true,
  quality: 70,
  raw: false,
  resize: { resizing_type: "fill", width: 100, height: 100, enlarge: true, extend: { extend: true } },
  resizing_algorithm: "cubic",
  resizing_type: "fill-down",
  return_attachment: true,
  rotate: 90,
  saturation: 0.5,
  sharpen: 0.7,
  size: { width: 100, height: 100, enlarge: true },
  skip_processing: ["gif", "svg"],
  strip_color_profile: true,
  strip_metadata: true,
  trim: { threshold: 10, color: "ffffff", equal_hor: true, equal_ver: true },
  unsharp_masking: { mode: "always", weight: 1, divider: 24 },
  watermark: { opacity: 0.5, position: "soea", x_offset: 4, y_offset: 4, scale: 0.2 },
  watermark_size: { width: 20, height: 20 },
  watermark_text: encoded("Inkfish"),
  watermark_url: encoded(watermark),
  webp_options: { compression: "lossy" },
  width: 120,
  zoom: { zoom_x: 1.5, zoom_y: 1.5 },
};

// What the URL contract names and Inkfish has not: a picture is never made as if it had not been asked for.
const absent = {
  blur_areas: { sigma: 5, areas: [{ left: 0.1, top: 0.1, width: 0.2, height: 0.2 }] },
  blur_detections: { sigma: 5, class_names: ["face"] },
  crop_objects: { scale_factor: 1, class_names: ["face"] },
  draw_detections: { draw: true, class_names: ["face"] },
  progressive_blur: { sigma: 5, direction: "up", start: 0, stop: 1 },
  style: "path{fill:red}",
  video_thumbnail_second: 2,
  watermark_shadow: 2,
};

// These need something beside them to be asked for at all.
const companions = {
  format_quality: { format: "jpg" },
  watermark_size: { watermark: { opacity: 0.5 } },
  watermark_text: { watermark: { opacity: 0.5 } },
  watermark_url: { watermark: { opacity: 0.5 } },
};

const info = {
  average: { average: true, ignore_transparent: true },
  blurhash: { x_components: 4, y_components: 3 },
  calcHashsums: ["md5", "sha256"],
  dimensions: true,
  dominant_colors: { dominant_colors: true, build_missed: true },
  exif: true,
  format: true,
  iptc: true,
  palette: 8,
  size: true,
  thumb_hash: true,
  xmp: true,
};

function say(client, option, url) {
  console.log([client, option, url.replace(endpoint, "")].join("\t"));
}

function official(client, name, value) {
  for (const displayAs of ["base64", "plain"]) {
    const url = { value: source, displayAs };
    const chosen = { ...companions[name], [name]: value };
    say(client, `${name} ${displayAs}`, generateImageUrl({ endpoint, url, key, salt, options: chosen }));
  }
}

for (const [name, value] of Object.entries(options)) official("official", name, value);
for (const [name, value] of Object.entries(absent)) official("absent", name, value);
for (const [name, value] of Object.entries(info)) {
  const url = { value: source, displayAs: "base64" };
  say("info", name, generateImageInfoUrl({ endpoint, url, key, salt, options: { [name]: value } }));
}

const imgproxy = new Imgproxy({ baseUrl: endpoint, key, salt, encode: true });
const building = {
  resize: (builder) => builder.resize("fill", 100, 80, true),
  size: (builder) => builder.size(100, 80, true),
  resizingType: (builder) => builder.resizingType("auto").width(100).height(80),
  width: (builder) => builder.width(100),
  height: (builder) => builder.height(100),
  minWidth: (builder) => builder.minWidth(100),
  minHeight: (builder) => builder.minHeight(100),
  dpr: (builder) => builder.dpr(2),
  enlarge: (builder) => builder.enlarge(1),
  gravity: (builder) => builder.gravity("noea").resize("fill", 50, 50),
  quality: (builder) => builder.quality(60),
  background: (builder) => builder.background("ff8800"),
  blur: (builder) => builder.blur(3),
  sharpen: (builder) => builder.sharpen(1),
  watermark: (builder) => builder.watermark(0.5, "soea", { x: 5, y: 5 }, 0.2),
  cacheBuster: (builder) => builder.cacheBuster("v3"),
  format: (builder) => builder.format("png"),
  maxBytes: (builder) => builder.maxBytes(20000),
  expires: (builder) => builder.expires(4102444800),
  crop: (builder) => builder.crop(100, 100),
  setOption: (builder) => builder.setOption("flip", "1"),
};
for (const [name, build] of Object.entries(building)) {
  say("community", name, build(imgproxy.builder()).generateUrl(source));
}
