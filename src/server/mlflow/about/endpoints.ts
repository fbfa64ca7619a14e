import { type Endpoint, endpoint } from '../endpoint.ts'

/** What the server can do, which clients ask before they move artifacts. */
const serverInfo = endpoint({
  method: 'GET',
  path: '/mlflow/server-info',
  version: '3.0',
  input: {},
  answer: async () => ({
    store_type: 'SqlStore',
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: false,
    multipart_downloads_enabled: false,
    presigned_upload_run_id_supported: false,
    presigned_upload_model_id_supported: false,
    features_enabled: { gateway: false },
  }),
})

const telemetry = endpoint({
  method: 'GET',
  path: '/mlflow/ui-telemetry',
  version: '3.0',
  surfaces: ['/ajax-api'],
  input: {},
  answer: async () => ({
    disable_ui_events: [],
    disable_ui_telemetry: true,
    ui_rollout_percentage: 0,
  }),
})

export const aboutEndpoints: readonly Endpoint[] = [serverInfo, telemetry]
