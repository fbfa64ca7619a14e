import { sha256 as digestOf } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/**
 * Gives the SHA-256 of bytes as 32 bytes of their own.
 *
 * In JavaScript, because the browser's own hashing answers with a promise, and the log's chain is linked within
 * one turn.
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => digestOf(bytes)

/** Gives the SHA-256 of bytes as 64 hex digits. */
export const sha256Hex = (bytes: Uint8Array): string => bytesToHex(digestOf(bytes))
