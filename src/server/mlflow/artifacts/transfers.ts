import { type Call, type Endpoint, endpoint } from '../endpoint.ts'
import { runUri } from '../entities.ts'
import { invalid, mlflowError } from '../errors.ts'
import { loggedModelUri } from '../logged-models/answer.ts'
import { findRun } from '../runs/common.ts'
import { type Fields, integer, optional, required, text } from '../wire/fields.ts'
import type { RawEndpoint } from './raw-endpoint.ts'

/** Clients that are told this text send the file in one piece instead, of whatever size. */
const unsupported = (what: string): Error =>
  mlflowError('NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository`)

const multipart = <Input>(step: string, input: Fields<Input>): readonly Endpoint[] =>
  ['', '/*'].map((folder) =>
    endpoint({
      method: 'POST',
      path: `/mlflow-artifacts/mpu/${step}${folder}`,
      input,
      answer: async () => {
        throw unsupported('Multipart upload')
      },
    }),
  )

const schemeOf = (uri: string | undefined): string =>
  /^[a-z][\w+.-]*(?=:)/i.exec(uri ?? '')?.[0] ?? 'file'

const proxied = (what: string, of: string, needs: string): Error =>
  invalid(
    `Presigned ${what} is not supported for ${of}. This endpoint requires a ${needs}direct cloud storage artifact URI.`,
  )

/** @throws `RESOURCE_DOES_NOT_EXIST` */
const uriOf = async (
  call: Call,
  { run, model }: { readonly run: string | undefined; readonly model: string | undefined },
): Promise<string | undefined> =>
  run === undefined
    ? await loggedModelUri(call, await call.view.loggedModels.get(model ?? ''))
    : runUri(call.settings, await findRun(call, run))

const presignedUpload = endpoint({
  method: 'POST',
  path: '/mlflow/artifacts/presigned-upload-url',
  input: { run_id: optional(text), model_id: optional(text), path: required(text) },
  answer: async (call, { run_id: run, model_id: model }) => {
    if ((run === undefined) === (model === undefined))
      throw invalid('Exactly one of run_id and model_id must be provided.')
    const scheme = schemeOf(await uriOf(call, { run, model }))
    throw proxied('upload', `proxied artifact storage (artifact URI scheme: ${scheme})`, '')
  },
})

const presignedDownload = endpoint({
  method: 'POST',
  path: '/mlflow/artifacts/presigned-download-url',
  input: { run_id: required(text), path: required(text) },
  answer: async (call, { run_id: run }) => {
    const scheme = schemeOf(await uriOf(call, { run, model: undefined }))
    const what = `runs with proxied artifact storage (artifact URI scheme: ${scheme})`
    throw proxied('download', what, 'run with a ')
  },
})

/** Ways of moving files around the server, which it does not offer: each is refused as its clients expect. */
export const transferEndpoints: readonly Endpoint[] = [
  ...multipart('create', { path: required(text), num_parts: optional(integer) }),
  ...multipart('complete', { path: required(text), upload_id: required(text) }),
  ...multipart('abort', { path: required(text), upload_id: required(text) }),
  presignedUpload,
  presignedDownload,
]

export const presignedPart: RawEndpoint = {
  method: 'GET',
  path: '/mlflow-artifacts/presigned/*',
  handle: async () => {
    throw unsupported('Multipart download')
  },
}
