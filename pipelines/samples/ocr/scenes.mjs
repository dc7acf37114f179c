/**
 * What the sample images say and how they look. One text element is one line of the truth, in reading order.
 *
 * A line is [text, x, baseline y] plus, where it differs from the scene, size, font, weight or anchor.
 * Fonts: DejaVu (package fonts-dejavu) and Liberation (package fonts-liberation) of Debian.
 *
 * @typedef {{ size?: number, font?: string, weight?: string, anchor?: 'start' | 'middle' | 'end', fill?: string }} Look
 * @typedef {Look & { file: string, width: number, height: number, background?: string, gradient?: [string, string], turn?: number, frame?: string,
 *   lines: Array<[text: string, x: number, y: number, look?: Look]> }} Scene
 */

const SANS = 'DejaVu Sans';
const SERIF = 'DejaVu Serif';
const MONO = 'DejaVu Sans Mono';
const LIB_SANS = 'Liberation Sans';
const LIB_SERIF = 'Liberation Serif';
const LIB_MONO = 'Liberation Mono';

/** @param {string[]} lines @param {number} x @param {number} y @param {number} step @returns {Scene['lines']} */
const column = (lines, x, y, step) => lines.map((text, i) => [text, x, y + i * step]);

/** A name at the left and an amount at the right edge, row by row. @returns {Scene['lines']} */
const bill = (rows, left, right, y, step) =>
  rows.flatMap(([name, amount], i) => [
    [name, left, y + i * step],
    [amount, right, y + i * step, { anchor: 'end' }],
  ]);

/** @type {readonly Scene[]} */
export const SCENES = [
  {
    file: 'receipt-cafe.png', width: 400, height: 300, font: MONO, size: 18,
    lines: [
      ['CAFE AM MARKT', 200, 44, { anchor: 'middle', size: 24, weight: 'bold' }],
      ...bill([['2 Espresso', '5.60'], ['1 Croissant', '2.40'], ['1 Orange juice', '4.20'], ['TOTAL', '12.20']], 30, 370, 100, 46),
    ],
  },
  {
    file: 'receipt-grocer.png', width: 420, height: 320, font: LIB_MONO, size: 20, background: '#fbfaf5',
    lines: [
      ...bill([['Apples 1.2 kg', '3.48'], ['Rye bread', '2.95'], ['Milk 1 l', '1.19'], ['SUM', '7.62']], 28, 392, 60, 50),
      ['Thank you, come again!', 210, 280, { anchor: 'middle' }],
    ],
  },
  {
    file: 'receipt-fuel.jpg', width: 480, height: 300, font: SANS, size: 19, background: '#f4f4f0',
    lines: [
      ['Station 0417, Pump 6', 30, 46],
      ['2026-03-14 08:52', 30, 88],
      ...bill([['Diesel 41.07 l', '1.659'], ['Amount due', '68.14'], ['VAT 19 %', '10.88']], 30, 450, 144, 52),
    ],
  },
  {
    file: 'receipt-books.png', width: 460, height: 290, font: LIB_SERIF, size: 22,
    lines: [
      ['Corner Bookshop', 30, 46, { size: 28, weight: 'bold' }],
      ...bill([['Moby-Dick', '$14.50'], ['Walden', '$9.99'], ['Discount 10 %', '-$2.45']], 30, 430, 106, 46),
      ['Paid by card ending 4821', 30, 256],
    ],
  },
  { file: 'sign-exit.png', width: 420, height: 180, font: SANS, size: 84, weight: 'bold', fill: '#fff', background: '#0a7d3c', lines: [['EXIT', 210, 120, { anchor: 'middle' }]] },
  {
    file: 'sign-parking.png', width: 440, height: 300, font: LIB_SANS, size: 44, weight: 'bold', fill: '#b01212', frame: '#b01212',
    lines: [['NO PARKING', 220, 90, { anchor: 'middle' }], ['7 AM - 6 PM', 220, 170, { anchor: 'middle' }], ['Except Sunday', 220, 250, { anchor: 'middle' }]],
  },
  {
    file: 'sign-hours.png', width: 460, height: 300, font: SANS, size: 26,
    lines: [
      ['Opening hours', 230, 56, { anchor: 'middle', size: 34, weight: 'bold' }],
      ['Monday to Friday: 9:00 - 18:30', 230, 124, { anchor: 'middle' }],
      ['Saturday: 10:00 - 14:00', 230, 184, { anchor: 'middle' }],
      ['Closed on public holidays', 230, 244, { anchor: 'middle' }],
    ],
  },
  {
    file: 'sign-platform.png', width: 620, height: 220, font: LIB_SANS, size: 40, fill: '#fff', background: '#12357f',
    lines: [['Platform 12', 40, 80, { size: 52, weight: 'bold' }], ['Hamburg via Hannover 16:42', 40, 160]],
  },
  {
    file: 'sign-caution.jpg', width: 520, height: 260, font: SANS, size: 34, weight: 'bold', background: '#ffd21f', frame: '#000',
    lines: [['CAUTION', 260, 84, { anchor: 'middle', size: 52 }], ['Wet floor', 260, 150, { anchor: 'middle' }], ['Please use the other door', 260, 212, { anchor: 'middle', size: 28 }]],
  },
  {
    file: 'paragraph-river.png', width: 640, height: 320, font: LIB_SERIF, size: 24,
    lines: column(
      [
        'The river ran slow and brown past the old mill, and the',
        'wheel, which had not turned since the war, was green',
        'with moss. In summer the children of the village swam',
        'in the race below it; in winter, when the water was',
        'high, nobody went near. My grandfather had been the',
        'last miller, and he kept the key on a nail by the door.',
      ], 32, 56, 42),
  },
  {
    file: 'paragraph-queue.png', width: 660, height: 380, font: SANS, size: 19,
    lines: column(
      [
        'A queue is a promise: what was put in will come out,',
        'once, and in order. Most systems keep two of these',
        'three. The first is kept by writing before answering,',
        'the second by remembering what was answered, and the',
        'third by never letting two hands hold the same thing.',
        'Whoever asks for all of them at no cost has not yet',
        'measured a disk. Whoever asks for none of them has',
        'not yet lost an order on a Friday evening, at 17:59.',
      ], 30, 50, 40),
  },
  {
    file: 'paragraph-letter.png', width: 620, height: 400, font: SERIF, size: 18,
    lines: column(
      [
        'Dear Ms. Albright,',
        'thank you for your letter of 3 February. We have found',
        'the parcel (No. 88-1047/B) in our depot at Leeds and',
        'will deliver it on Tuesday between 8:00 and 12:00.',
        'There is no charge for storage. If nobody is at home,',
        'please call 0800 555 0199 or write to us by e-mail.',
        'We are sorry for the delay and the trouble it gave.',
        'Yours sincerely,',
        'J. P. Whitmore',
      ], 30, 46, 40),
  },
  {
    file: 'paragraph-small.png', width: 520, height: 220, font: LIB_SANS, size: 15,
    lines: column(
      [
        'Keep out of reach of children. Store below 25 degrees in',
        'a dry place. Do not use after the date printed on the box.',
        'Take one tablet every 6 hours with a glass of water, and',
        'not more than 4 tablets in any 24 hours. Ask your doctor',
        'before use if you are pregnant or take other medicines.',
      ], 24, 40, 36),
  },
  {
    file: 'dark-terminal.png', width: 640, height: 260, font: MONO, size: 19, fill: '#f2f2f2', background: '#14161a',
    lines: column(['Compiling 214 files in 12 modules', 'warning: 3 symbols are never used', 'error: expected ; before line 87', 'Build failed after 41.6 seconds'], 28, 58, 54),
  },
  {
    file: 'dark-menu.png', width: 520, height: 330, font: LIB_SERIF, size: 26, fill: '#fff', background: '#1d1a18',
    lines: [
      ['Evening menu', 260, 62, { anchor: 'middle', size: 36, weight: 'bold' }],
      ...bill([['Onion soup', '7.50'], ['Grilled trout', '18.90'], ['Plum cake', '6.20']], 40, 480, 136, 64),
    ],
  },
  { file: 'dark-title.jpg', width: 640, height: 200, font: SANS, size: 46, weight: 'bold', fill: '#fff', background: '#222b45', lines: [['Water and Stone', 320, 92, { anchor: 'middle' }], ['a film in four parts', 320, 156, { anchor: 'middle', size: 28, weight: 'normal' }]] },
  {
    file: 'rotated-note-plus5.png', width: 600, height: 320, font: LIB_SANS, size: 26, turn: 5,
    lines: column(['Meeting moved to Thursday', 'Room 3.14, second floor', 'Bring the signed contract', 'and two copies of the plan'], 80, 90, 56),
  },
  {
    file: 'rotated-label-minus5.png', width: 600, height: 320, font: SANS, size: 24, turn: -5,
    lines: column(['FRAGILE - THIS SIDE UP', 'Net weight 18.5 kg', 'Batch 2026/07-A', 'Made in Portugal'], 100, 100, 54),
  },
  {
    file: 'rotated-receipt-plus3.png', width: 480, height: 320, font: MONO, size: 19, turn: 3,
    lines: bill([['Screws M6 x 40', '4.75'], ['Sandpaper 120', '3.20'], ['Wood glue', '6.99'], ['Total EUR', '14.94']], 50, 430, 80, 56),
  },
  {
    file: 'rotated-dark-minus3.jpg', width: 600, height: 280, font: SERIF, size: 25, turn: -3, fill: '#fafafa', background: '#26332b',
    lines: column(['The museum is open daily', 'from 10:00 to 17:00', 'Last entry at 16:15'], 90, 90, 60),
  },
  {
    file: 'rotated-paragraph-minus2.png', width: 660, height: 320, font: LIB_SERIF, size: 23, turn: -2,
    lines: column(
      [
        'It was the kind of morning on which even the clock in',
        'the hall seemed to hesitate. She read the note again,',
        'folded it twice, and put it under the blue vase; then',
        'she went out, and did not lock the door behind her.',
      ], 50, 80, 52),
  },
  {
    file: 'ticket-train.png', width: 560, height: 260, gradient: ['#ffffff', '#d7e3f4'], font: LIB_SANS, size: 24, fill: '#1c2b4a',
    lines: [['Single ticket, 2nd class', 36, 60, { weight: 'bold' }], ['Berlin Hbf to Leipzig Hbf', 36, 112], ['Valid on 21.11.2026', 36, 164], ['Seat 46, Coach 7', 36, 216]],
  },
  {
    file: 'label-address.jpg', width: 520, height: 300, font: LIB_MONO, size: 24, background: '#e9e4d8',
    lines: column(['Harald Lindqvist', 'Storgatan 118', 'SE-903 26 Umea', 'Sweden', 'Tel. +46 90 123 45 67'], 40, 60, 52),
  },
  {
    file: 'upside-down.png', width: 560, height: 240, font: SANS, size: 26, turn: 180,
    lines: column(['Shake well before opening', 'Best before 09/2027', 'Keep refrigerated'], 50, 70, 60),
  },
];
