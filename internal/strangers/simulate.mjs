// Asks @cloud-copilot/iam-simulate what our own evaluator is asked: JSON lines of
// questions on stdin, a decision a line on stdout. A question that the simulator
// refuses, such as an action that IAM does not know, is "refused: …".
import { createInterface } from 'node:readline'
import { createValidatedPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy'
import { anonymousPrincipal, runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const { principal, action, resource, account, context, identity, policy } = JSON.parse(line)
  const simulation = {
    request: {
      principal: principal === '' ? anonymousPrincipal : principal,
      action,
      resource: { resource, accountId: account },
      contextVariables: context,
    },
    identityPolicies: identity.map((document, i) => ({ name: `identity ${i}`, policy: JSON.parse(document) })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: policy === '' ? undefined : createValidatedPolicy(JSON.parse(policy), validateResourcePolicy, { name: 'resource' }),
  }
  const answer = await runSimulation(simulation, {})
  if (answer.resultType === 'error') {
    console.log(`refused: ${JSON.stringify(answer.errors)}`)
  } else if (answer.result?.ignoredContextKeys?.length > 0) {
    // It drops keys that are not in its tables, such as an identity provider's own;
    // the validation is done, so that the second run may take them as they are.
    console.log(runUnsafeSimulation(simulation, {}))
  } else {
    console.log(answer.overallResult)
  }
}
