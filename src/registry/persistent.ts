/**
 * Two shapes that never change in place: a change gives a new value that shares all but a few nodes with
 * the old one, so a model with ten thousand versions costs as much to change as one with ten.
 */

/** A stack: the newest first. */
export interface List<T> {
  readonly head: T
  readonly rest: List<T> | undefined
}

/** The items of a list, newest first. */
export function* itemsOf<T>(list: List<T> | undefined): Generator<T, void> {
  for (let cell = list; cell !== undefined; cell = cell.rest) yield cell.head
}

/** A list of these items, the last of them on top. */
export const listOf = <T>(oldestFirst: Iterable<T>): List<T> | undefined => {
  let list: List<T> | undefined
  for (const head of oldestFirst) list = { head, rest: list }
  return list
}

/** Values by whole number from 0, in a tree of 32 branches a level; holes cost nothing. */
export interface Vector<T> {
  readonly depth: number
  readonly root: Node<T>
}

/** Has `nodes` above the lowest level and `values` on it; the other is empty. */
interface Node<T> {
  readonly nodes: readonly (Node<T> | undefined)[]
  readonly values: readonly (T | undefined)[]
}

const width = 32

const digit = (index: number, level: number): number =>
  level === 0 ? index % width : Math.floor(index / width ** level) % width

/** A vector without values. */
export const emptyVector = <T>(): Vector<T> => ({ depth: 0, root: { nodes: [], values: [] } })

/** The value at an index. */
export const valueAt = <T>(vector: Vector<T>, index: number): T | undefined => {
  if (index >= width ** (vector.depth + 1)) return undefined
  let node: Node<T> | undefined = vector.root
  for (let level = vector.depth; level > 0; level--) node = node?.nodes[digit(index, level)]
  return node?.values[digit(index, 0)]
}

const replaced = <T>(list: readonly T[], at: number, value: T): readonly T[] => {
  const copy = list.slice()
  copy[at] = value
  return copy
}

interface Slot<T> {
  readonly level: number
  readonly index: number
  readonly value: T
}

const withSlot = <T>(node: Node<T> | undefined, slot: Slot<T>): Node<T> => {
  const at = digit(slot.index, slot.level)
  const { nodes, values } = node ?? { nodes: [], values: [] }
  if (slot.level === 0) return { nodes, values: replaced(values, at, slot.value) }
  return {
    nodes: replaced(nodes, at, withSlot(nodes[at], { ...slot, level: slot.level - 1 })),
    values,
  }
}

/** The vector with a value at an index; copies one path of the tree. */
export const withValue = <T>(vector: Vector<T>, index: number, value: T): Vector<T> => {
  let { depth, root } = vector
  while (index >= width ** (depth + 1)) {
    root = { nodes: [root], values: [] }
    depth++
  }
  return { depth, root: withSlot(root, { level: depth, index, value }) }
}

/** The values, lowest index first. */
export const valuesOf = <T>(vector: Vector<T>): readonly T[] => {
  const found: T[] = []
  const visit = (node: Node<T>): void => {
    for (const value of node.values) if (value !== undefined) found.push(value)
    for (const child of node.nodes) if (child !== undefined) visit(child)
  }
  visit(vector.root)
  return found
}

/** The value with the highest index that passes the test. */
export const lastValue = <T>(vector: Vector<T>, test: (value: T) => boolean): T | undefined => {
  const visit = (node: Node<T> | undefined): T | undefined => {
    if (node === undefined) return undefined
    const own = node.values.findLast((value) => value !== undefined && test(value))
    for (let at = node.nodes.length - 1; own === undefined && at >= 0; at--) {
      const found = visit(node.nodes[at])
      if (found !== undefined) return found
    }
    return own
  }
  return visit(vector.root)
}
