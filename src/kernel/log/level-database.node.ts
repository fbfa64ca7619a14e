import { Level } from 'level'
import type { Database } from './database.ts'

/** Opens, or makes, the LevelDB in a folder. */
export const openDatabase = async (folder: string): Promise<Database> => {
  const database = new Level<Uint8Array, Uint8Array>(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  await database.open()
  return database
}
