// node upload.mjs ENDPOINT FILE CHUNK_SIZE AUTHORIZATION: uploads a file as people's browsers do; prints its address.
import fs from 'node:fs'
import path from 'node:path'
import * as tus from 'tus-js-client'

const [endpoint, file, chunkSize, authorization] = process.argv.slice(2)
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  chunkSize: Number(chunkSize) || Number.POSITIVE_INFINITY,
  uploadSize: fs.statSync(file).size,
  uploadDataDuringCreation: process.env.WITH_CREATION === '1',
  retryDelays: [0, 100, 500, 1000],
  headers: { Authorization: authorization },
  metadata: { filename: path.basename(file), filetype: 'text/csv' },
  onError(error) {
    console.error(String(error))
    process.exitCode = 1
  },
  onSuccess() {
    console.log(upload.url)
  },
})
upload.start()
