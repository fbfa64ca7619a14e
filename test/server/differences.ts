/** Where the server answers otherwise than MLflow 3.17.2, by the number of the recorded request, and why. */
export const differences: readonly { readonly why: string; readonly lines: readonly number[] }[] = [
  {
    why: 'says that it has no gateway and gives no presigned URLs',
    lines: [5, 6],
  },
  {
    why: 'does not take an escaped slash for one',
    lines: [32],
  },
  {
    why: 'does not show the text of an SQL statement that failed',
    lines: [34, 95, 109, 264, 265, 274],
  },
  {
    why: 'searches for experiments without a stated number of results',
    lines: [70, 71],
  },
  {
    why: 'refuses a value of the wrong type, which MLflow stores as 0 or as an empty text',
    lines: [78, 131, 167, 169, 174, 186, 214, 217, 401, 402, 408, 409, 412, 415, 416],
  },
  {
    why: 'refuses an integer that a double does not hold, rather than round it',
    lines: [202, 203, 204, 205, 206, 207, 218],
  },
  {
    why: 'does not crash',
    lines: [147, 148, 149, 171, 172, 190, 229, 237, 238, 482, 1449],
  },
  {
    why: 'answers 400 to what is wrong with the request, where MLflow answers 500 and clients try again',
    lines: [98, 1431, 1432, 1437],
  },
  {
    why: 'takes the numbers 1, 2, … for ids of experiments',
    lines: [161],
  },
  {
    why: 'keeps infinities, and NaN and infinities that stand bare in the request',
    lines: [208, 209, 448, 453, 454, 455],
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
]
