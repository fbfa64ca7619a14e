/** Where the server answers otherwise than MLflow 3.17.2, by the number of the recorded request, and why. */
export const differences: readonly { readonly why: string; readonly lines: readonly number[] }[] = [
  {
    why: 'says that it has no gateway and gives no presigned URLs',
    lines: [5, 6, 103030, 129005],
  },
  {
    why: 'refuses what a page at another port of this machine makes a browser send, unless that origin is allowed',
    lines: [30],
  },
  {
    why: 'does not take an escaped slash for one',
    lines: [32],
  },
  {
    why: 'does not show the text of an SQL statement that failed',
    lines: [34, 95, 109, 264, 265, 274, 757, 775, 1205, 109021],
  },
  {
    why: 'searches for experiments without a stated number of results',
    lines: [70, 71],
  },
  {
    why: 'refuses a value of the wrong type, which MLflow stores as 0 or as an empty text',
    lines: [78, 131, 167, 169, 174, 186, 214, 217, 401, 402, 408, 409, 412, 415, 416, 762, 887],
  },
  {
    why: 'refuses an integer that a double does not hold, rather than round it',
    lines: [202, 203, 204, 205, 206, 207, 218],
  },
  {
    why: 'does not crash',
    lines: [147, 148, 149, 171, 172, 190, 229, 237, 238, 482, 1449, 818, 1166, 1167, 1170, 1171],
  },
  {
    why: 'answers 400 to what is wrong with the request, where MLflow answers 500 and clients try again',
    lines: [98, 1431, 1432, 1437, 844, 860, 861, 865, 871, 875, 1010, 1021, 1022, 1127, 1182],
  },
  {
    why: 'takes the numbers 1, 2, … for ids of experiments',
    lines: [161],
  },
  {
    why: 'keeps infinities, and NaN and infinities that stand bare in the request',
    lines: [
      208, 209, 448, 453, 454, 455, 103011, 103021, 103024, 103026, 103028, 103032, 103035, 103037,
      104002, 104004, 104008, 107001, 107006, 107008, 107010, 107012, 107019, 107021, 107024,
      107025, 107027, 107030, 107033, 107038, 107041, 108004, 108006, 109013, 109016,
    ],
  },
  {
    why: 'does not read the body of a GET, which the web-standard Request does not have',
    lines: [251, 252],
  },
  {
    why: 'takes a negative limit for none',
    lines: [486],
  },
  {
    why: 'says 404 of a logged model that is not there',
    lines: [430, 782],
  },
  {
    why: 'takes an output twice for once',
    lines: [784],
  },
  {
    why: 'takes a param of a logged model twice for once where it has the same value',
    lines: [774],
  },
  {
    why: 'keeps a metric of a logged model that is NaN, which MLflow stores as 0',
    lines: [779, 819, 821, 822, 823, 913, 914],
  },
  {
    why: 'refuses a negative limit, of which MLflow makes a page that never ends',
    lines: [820],
  },
  {
    why: 'finds logged models by their status',
    lines: [830, 831],
  },
  {
    why: 'finds logged models by a dataset whose digest is not told',
    lines: [898],
  },
  {
    why: 'changes no tag of a deleted logged model',
    lines: [915],
  },
  {
    why: 'gives no model a name of more than 256 characters, for which MLflow has room on SQLite alone',
    lines: [924, 925, 1173, 1185, 1187],
  },
]
