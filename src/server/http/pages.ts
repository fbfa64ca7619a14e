const titles = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
} as const

const texts = {
  400: 'The browser (or proxy) sent a request that this server could not understand.',
  404: 'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  405: 'The method is not allowed for the requested URL.',
  500: 'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
} as const

/** A page that says nothing but the status: clients of MLflow's take any 404 that is no JSON for a missing endpoint. */
export const statusPage = (
  status: keyof typeof titles,
  headers: Readonly<Record<string, string>> = {},
): Response => {
  const title = `${status} ${titles[status]}`
  const page = `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>${titles[status]}</h1>\n<p>${texts[status]}</p>\n`
  return new Response(page, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  })
}
