// Runs fauxqs, an emulator of SNS and SQS, on a free port until stdin ends, so that it
// never outlives the test that started it. Its address is the one line on stdout.
import { startFauxqs } from 'fauxqs'

const server = await startFauxqs({ port: 0, logger: false })
console.log(`http://127.0.0.1:${server.port}`)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
