package spec

// A pattern is a rule for strings, with the words for it. Pattern is valid both in Go
// and in JSON Schema (ECMA 262).
type pattern struct {
	expr string
	// min and max bound the length in characters; max 0 is no bound.
	min, max int
	// what completes "must be ".
	what string
}

// patterns returns the rules that `pattern` tags name. They are as strict as the
// owners of the formats document, so that a typo is found before an API finds it.
func patterns() map[string]pattern {
	return map[string]pattern{
		"project":       {`^[a-z][a-z0-9-]{1,38}[a-z0-9]$`, 0, 0, "3 to 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen"},
		"backend":       {`^(file|s3|gs|azblob|postgres|https?)://\S+$`, 0, 0, "the URL of a Pulumi backend, such as s3://bucket, gs://bucket or azblob://container"},
		"secrets":       {`^(passphrase|(awskms|gcpkms|azurekeyvault|hashivault)://\S+)$`, 0, 0, "the URL of a key, such as awskms://alias/name, gcpkms://…, azurekeyvault://… or hashivault://…, or passphrase"},
		"naming":        {`^([A-Za-z0-9._~+%-]|\$\{(project|stack|name)\})*\$\{name\}([A-Za-z0-9._~+%-]|\$\{(project|stack|name)\})*$`, 0, 0, "made of ${name}, which it needs, ${project}, ${stack}, letters, digits and the characters - . _ ~ + %"},
		"physical":      {`^[A-Za-z0-9._~+%-]+$`, 1, 260, "1 to 260 letters, digits and the characters - . _ ~ + %"},
		"element":       {elementName, 3, 50, "the name of an element: 3 to 50 characters, " + elementWords},
		"labelValue":    {`^[^\x00-\x1f\x7f]*$`, 0, 256, "at most 256 characters on one line"},
		"path":          {`^[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?$`, 0, 0, "the path of a file"},
		"include":       {`^[^\s\x00-\x1f\\]([^\x00-\x1f\\]*[^\s\x00-\x1f\\])?$`, 0, 0, "a path with / between its parts, in which * may stand for any name"},
		"natsURL":       {`^(nats|tls|wss?)://[^\s,/@]+/?(,(nats|tls|wss?)://[^\s,/@]+/?)*$`, 0, 0, "URLs such as nats://host:4222, separated by commas, without a user or password"},
		"endpoint":      {`^(https://[^\s/?#@]+|http://(localhost|127\.[0-9]+\.[0-9]+\.[0-9]+|\[::1\])(:[0-9]+)?)([/?]\S*)?$`, 0, 0, "an https URL, or an http URL of a loopback host, without a user or password"},
		"https":         {`^https://[^\s/?#@]+([/?]\S*)?$`, 0, 0, "an https URL"},
		"uuid":          {`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`, 0, 0, "a UUID such as 00000000-0000-0000-0000-000000000000"},
		"kubernetes":    {`^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$`, 0, 0, "a Kubernetes name: lower-case letters, digits and hyphens"},
		"arn":           {`^arn:aws[a-z-]*:(sns|sqs):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`, 0, 0, "the ARN of an SNS topic or SQS queue"},
		"awsRegion":     {`^[a-z]{2}(-[a-z]+)+-[0-9]+$`, 0, 0, "a region of AWS such as eu-west-1"},
		"awsAccount":    {`^[0-9]{12}$`, 0, 0, `twelve digits in quotes, such as "111122223333"`},
		"kmsKey":        {`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`, 0, 0, "the ARN of a KMS key (not of an alias: policies name keys)"},
		"lambda":        {`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?$`, 0, 0, "the ARN of a Lambda function"},
		"awsRole":       {`^([A-Za-z0-9_+=,.@-]{1,64}|arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,512})$`, 0, 0, "the name or ARN of a role"},
		"awsRoleARN":    {`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,512}$`, 0, 0, "the ARN of a role"},
		"awsProfile":    {`^[^\s\x00-\x1f\[\]]+$`, 0, 0, "the name of a profile"},
		"awsExternalID": {`^[A-Za-z0-9+=,.@:/_-]+$`, 2, 1224, "2 to 1224 letters, digits and characters of +=,.@:/_-"},
		"awsSession":    {`^[A-Za-z0-9+=,.@_-]{2,64}$`, 0, 0, "2 to 64 letters, digits and characters of +=,.@_-"},
		"awsEndpoint":   {`^https?://[^\s/?#@]+/?$`, 0, 0, "the URL of an emulator, such as http://localhost:4566"},
		"awsUser":       {`^[A-Za-z0-9_+=,.@-]{1,64}$`, 0, 0, "the name of a user"},
		"awsPath":       {`^/([!-~]{0,510}/)?$`, 0, 0, "a path that begins and ends with /"},
		"awsPolicy":     {`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-~]{1,512}$`, 0, 0, "the ARN of a policy"},
		"awsService":    {`^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$`, 0, 0, "a service of AWS such as lambda or ecs-tasks"},
		"eksCluster":    {`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`, 0, 0, "the name of an EKS cluster"},
		"oidcProvider":  {`^[a-z0-9][a-z0-9.-]*(/[A-Za-z0-9._~/-]+)?$`, 0, 0, "an issuer without https://, such as token.actions.githubusercontent.com"},
		"gcpProject":    {`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`, 0, 0, "the id of a project"},
		"gcpRegion":     {`^[a-z]+-[a-z]+[0-9]+$`, 0, 0, "a region of Google Cloud such as europe-west1"},
		"gcpKey":        {`^projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+$`, 0, 0, "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"},
		"gcpTopic":      {`^projects/[^/\s]+/(topics|subscriptions)/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`, 0, 0, "projects/PROJECT/topics/TOPIC or projects/PROJECT/subscriptions/SUBSCRIPTION"},
		"gcpInbox":      {`^projects/[^/\s]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`, 0, 0, "projects/PROJECT/topics/TOPIC"},
		"gcpSchema":     {`^projects/[^/\s]+/schemas/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`, 0, 0, "projects/PROJECT/schemas/SCHEMA"},
		"gcpNumber":     {`^[1-9][0-9]{5,18}$`, 0, 0, `the digits of a project's number in quotes, such as "123456789012"`},
		"gcpAccount":    {`^[a-z0-9][-a-z0-9.]*@[a-z0-9][-a-z0-9.]*\.gserviceaccount\.com$`, 0, 0, "the email of a service account, such as NAME@PROJECT.iam.gserviceaccount.com"},
		"cloudRun":      {`^projects/[^/\s]+/locations/[^/\s]+/services/[^/\s]+$`, 0, 0, "projects/PROJECT/locations/LOCATION/services/SERVICE"},
		"gcpMember":     {`^(serviceAccount|user|group|domain|principal|principalSet):\S+$`, 0, 0, "a member such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com (never the public)"},
		"gcpAccountID":  {`^[a-z][-a-z0-9]{4,28}[a-z0-9]$`, 0, 0, "6 to 30 lower-case letters, digits and hyphens, beginning with a letter"},
		"azureLocation": {`^[a-z][a-z0-9]*$`, 0, 0, "a location of Azure such as westeurope"},
		"azureGroup":    {`^[-\w._()]{0,89}[-\w_()]$`, 1, 90, "the name of a resource group: at most 90 letters, digits, underscores, parentheses, hyphens and periods, not ending with a period"},
		"azureID":       {`^/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[^/\s]+/providers/[^/\s]+(/[^/\s]+)+$`, 0, 0, "a resource id: /subscriptions/…/resourceGroups/…/providers/…"},
	}
}

// What elements and stacks are called.
const (
	elementName  = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	elementWords = "lower-case letters and digits in words joined by single hyphens, beginning with a letter"
)

// nameRules returns the rules for the keys of mappings that users name.
func nameRules() map[string]pattern {
	return map[string]pattern{
		"element":   {elementName, 3, 50, "3 to 50 characters, " + elementWords},
		"stack":     {elementName, 1, 30, "at most 30 characters, " + elementWords},
		"project":   patterns()["project"],
		"label":     {`^[^\x00-\x1f\x7f]+$`, 1, 512, "1 to 512 characters on one line"},
		"variable":  {`^[a-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$`, 1, 50, "at most 50 letters and digits in words joined by hyphens or underscores, beginning with a lower-case letter"},
		"attribute": {`^[a-z][a-z0-9]*$`, 1, 20, "the name of a CloudEvents attribute, at most 20 lower-case letters and digits, beginning with a letter"},
	}
}
