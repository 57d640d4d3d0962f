package deploy

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strconv"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	azblobblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// The three clouds have versions of objects and writes that depend on them, each in its own words,
// and gocloud.dev has none. It hands out the clouds' own requests and answers, though.

// versionOf returns the version of what a reader reads; "" where the store does not say.
func versionOf(r *blob.Reader) string {
	var (
		amazon s3.GetObjectOutput
		google *storage.Reader
		azure  azblobblob.DownloadStreamResponse
	)
	switch {
	case r.As(&amazon) && amazon.ETag != nil:
		return *amazon.ETag
	case r.As(&google):
		return strconv.FormatInt(google.Attrs.Generation, 10)
	case r.As(&azure) && azure.ETag != nil:
		return string(*azure.ETag)
	}
	return unversioned
}

// unversioned is the version of what is there in a store that has no versions.
const unversioned = "unversioned"

// onlyOver makes a write depend on the version that it replaces.
func onlyOver(version string) func(asFunc func(any) bool) error {
	if version == "" || version == unversioned {
		return nil // what must not exist is said by blob.WriterOptions
	}
	return func(asFunc func(any) bool) error {
		var (
			amazon *transfermanager.UploadObjectInput
			google **storage.ObjectHandle
			azure  *azblob.UploadStreamOptions
		)
		switch {
		case asFunc(&amazon):
			amazon.IfMatch = &version
		case asFunc(&google):
			generation, err := strconv.ParseInt(version, 10, 64)
			if err != nil {
				return err
			}
			*google = (*google).If(storage.Conditions{GenerationMatch: generation})
		case asFunc(&azure):
			etag := azcore.ETag(version)
			azure.AccessConditions = &azblob.AccessConditions{
				ModifiedAccessConditions: &azblobblob.ModifiedAccessConditions{IfMatch: &etag},
			}
		}
		return nil
	}
}

// conflict reports whether a write failed because of its condition.
func conflict(err error) bool {
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return true
	}
	// S3 answers so where it had to decide between two writes at the same moment, or the object is gone.
	var amazon smithy.APIError
	return errors.As(err, &amazon) && (amazon.ErrorCode() == "ConditionalRequestConflict" || amazon.ErrorCode() == "NoSuchKey")
}

// unconditional reports whether a store does not know conditions at all.
func unconditional(err error) bool {
	var amazon smithy.APIError
	return errors.As(err, &amazon) && amazon.ErrorCode() == "NotImplemented"
}

// absent reports whether an error says that there is no such key, and nothing else: gocloud.dev
// also calls a bucket, an account and a host not found, and on Google Cloud what is forbidden.
func absent(err error) bool {
	var amazon smithy.APIError
	if errors.As(err, &amazon) {
		return amazon.ErrorCode() == "NoSuchKey"
	}
	return errors.Is(err, storage.ErrObjectNotExist) || bloberror.HasCode(err, bloberror.BlobNotFound)
}

// gone reports whether there was nothing to be removed. S3's driver looks first, with a request to
// which the answer has no body that could say more.
func gone(err error) bool {
	var amazon smithy.APIError
	return absent(err) || errors.As(err, &amazon) && amazon.ErrorCode() == "NotFound"
}

// hopeless reports whether an error will be the same the next time.
func hopeless(err error) bool {
	var permanent permanentError
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errChanged) || errors.As(err, &permanent) {
		return true
	}
	switch gcerrors.Code(err) {
	case gcerrors.PermissionDenied, gcerrors.FailedPrecondition, gcerrors.InvalidArgument, gcerrors.Unimplemented:
		return true
	case gcerrors.NotFound:
		var dns *net.DNSError // Azure's driver calls it not found; names are resolved again tomorrow
		return !errors.As(err, &dns)
	}
	var azure *azcore.ResponseError
	if errors.As(err, &azure) {
		return azure.StatusCode == http.StatusForbidden || azure.StatusCode == http.StatusUnauthorized
	}
	var amazon smithy.APIError
	if errors.As(err, &amazon) {
		switch amazon.ErrorCode() {
		case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "PermanentRedirect", "AuthorizationHeaderMalformed":
			return true
		}
	}
	return false
}
