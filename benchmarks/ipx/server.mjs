// Serves a folder through ipx as its own command does, but writes baseline JPEG as Inkfish does by default
// (progressive, its default, would cost it more), and keeps nothing between requests.
import { createServer } from "node:http";

import { createIPX, createIPXNodeServer, ipxFSStorage } from "ipx";
import sharp from "sharp";

const [folder, port] = process.argv.slice(2);
sharp.cache(false);
const ipx = createIPX({
  storage: ipxFSStorage({ dir: folder }),
  sharpOptions: { jpegProgressive: false },
});
createServer(createIPXNodeServer(ipx)).listen(Number(port), "127.0.0.1");
