/**
 * From the bytes of a PNG or JPEG to pixels, with every refusal worded for the one who sent it.
 * Uses sharp (libvips): one thread, sequential read, no cache, so that the memory of a decode is bounded by `MAX_PIXELS`.
 */
import sharp from 'sharp';
import { firstBytes, formatOf } from './image-format.mjs';

/** Largest image that is decoded, in pixels (width x height). */
export const MAX_PIXELS = 40_000_000;

// One executor is one thread; libvips' own pool would compete with the model's.
sharp.concurrency(1);
sharp.cache(false);

/** The last chunk of every whole PNG: its length 0, its name, its checksum. */
const PNG_END = '\0\0\0\0IEND\xae\x42\x60\x82';

/**
 * Reads the header only.
 *
 * @param {Uint8Array} bytes
 * @param {(code: string, message: string) => never} reject
 * @returns {Promise<{ width: number, height: number }>} size in pixels as shown (EXIF orientation applied)
 */
export async function inspectImage(bytes, reject) {
  if (bytes.length === 0) reject('IMAGE_EMPTY', 'Input "image" has 0 bytes. Send the bytes of a PNG or JPEG file.');
  const format = formatOf(bytes);
  if (format !== 'PNG' && format !== 'JPEG') {
    const got = format ?? `${bytes.length} bytes of no known image format`;
    reject('IMAGE_NOT_RECOGNISED', `Input "image": expected a PNG or JPEG file, got ${got} (it begins with ${firstBytes(bytes)}).`);
  }
  // The limit is checked here and not by sharp, because the message must name the size.
  const { width, height, autoOrient } = await sharp(bytes, { limitInputPixels: false, failOn: 'none' })
    .metadata()
    .catch((cause) => refuse(reject, format, bytes, cause));
  if (width * height > MAX_PIXELS) {
    reject(
      'IMAGE_TOO_LARGE',
      `Input "image": a ${format} of ${width} x ${height} pixels (${megapixels(width * height)} Mpx); at most ${megapixels(MAX_PIXELS)} Mpx are read. Send a smaller image.`,
    );
  }
  return { width: autoOrient.width, height: autoOrient.height };
}

/**
 * Decodes to RGB, on white where the image is transparent, turned as its EXIF orientation says.
 *
 * @param {Uint8Array} bytes an image that passed `inspectImage`
 * @param {{ width: number, height: number, right?: number, bottom?: number }} size in pixels to scale to; `right` and `bottom`
 *   columns and rows are added by repeating the last one, since a hard edge would look like ink
 * @param {(code: string, message: string) => never} reject
 * @returns {Promise<{ width: number, height: number, data: Uint8Array }>} data is [height, width, 3]
 */
export async function decodeImage(bytes, { width, height, right = 0, bottom = 0 }, reject) {
  const options = { limitInputPixels: MAX_PIXELS, failOn: /** @type {const} */ ('error'), sequentialRead: true };
  const { data, info } = await sharp(bytes, options)
    .autoOrient()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .extend({ right, bottom, extendWith: 'copy' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => refuse(reject, formatOf(bytes), bytes, cause));
  return { width: info.width, height: info.height, data };
}

/**
 * @param {(code: string, message: string) => never} reject
 * @param {string | undefined} format
 * @param {Uint8Array} bytes
 * @param {Error} cause
 * @returns {never}
 */
function refuse(reject, format, bytes, cause) {
  const said = cause.message.trim().split('\n')[0].replace(/:$/, '');
  if (endsEarly(format, bytes, cause.message)) {
    return reject('IMAGE_TRUNCATED', `Input "image": the ${format} ends after ${bytes.length} bytes, before its last row (${said}). Send the whole file.`);
  }
  return reject('IMAGE_UNREADABLE', `Input "image": a ${format} of ${bytes.length} bytes that cannot be decoded (${said}). Send an undamaged file.`);
}

/**
 * libjpeg says when the bytes end early; libpng words it like any other damage, so there the end of the file decides.
 *
 * @param {string | undefined} format @param {Uint8Array} bytes @param {string} message
 */
function endsEarly(format, bytes, message) {
  if (format === 'JPEG') return /premature end/i.test(message);
  return !String.fromCharCode(...bytes.subarray(-1024)).includes(PNG_END);
}

/** @param {number} pixels */
function megapixels(pixels) {
  return (pixels / 1e6).toFixed(pixels < 1e8 ? 1 : 0).replace('.0', '');
}
