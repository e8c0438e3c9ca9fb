//! An S3 server over files: the protocol and its signatures are those of the `s3s` crate.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::OnceLock;
use std::thread;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, ETagCondition, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput,
    PutObjectOutput,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::sync::Mutex;

/// The server of this process: one for all tests.
pub(crate) struct S3Server {
    address: SocketAddr,
    folder: TempDir,
}

/// The files, with what they lack of S3: versions, which lie beside their object, conditions of reading, and one
/// request for an object at a time, so that none sees another's half.
struct Versioned {
    files: FileSystem,
    alone: Mutex<()>,
}

impl S3Server {
    pub(crate) const ACCESS_KEY_ID: &str = "AKIDTEST";
    pub(crate) const SECRET_ACCESS_KEY: &str = "a secret of the tests";

    /// The server, started at its first use.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<S3Server> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn create_bucket(&self, name: &str) {
        std::fs::create_dir_all(self.folder.path().join(name)).unwrap();
    }

    /// Stores an object.
    pub(crate) fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let path = self.folder.path().join(bucket).join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Stores a version of an object that is not its newest.
    pub(crate) fn put_version(&self, bucket: &str, (key, version): (&str, &str), bytes: &[u8]) {
        self.put(bucket, &versioned(key, version), bytes);
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut service = S3ServiceBuilder::new(Versioned {
            files: FileSystem::new(folder.path()).unwrap(),
            alone: Mutex::default(),
        });
        service.set_auth(SimpleAuth::from_single(
            Self::ACCESS_KEY_ID,
            Self::SECRET_ACCESS_KEY,
        ));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || serve(listener, &service));
        Self { address, folder }
    }
}

fn versioned(key: &str, version: &str) -> String {
    format!("{key}@{version}")
}

/// Serves for as long as the process lives.
fn serve(listener: TcpListener, service: &S3Service) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    listener.set_nonblocking(true).unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let answer = hyper::service::Service::call(&service, request);
                    async { Ok::<_, Infallible>(answer.await.unwrap()) }
                });
                let connection = Builder::new(TokioExecutor::new());
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
}

type Answer<T> = S3Result<S3Response<T>>;
type Answering<'f, T> = Pin<Box<dyn Future<Output = Answer<T>> + Send + 'f>>;

impl S3 for Versioned {
    fn get_object<'s, 'f>(
        &'s self,
        mut request: S3Request<GetObjectInput>,
    ) -> Answering<'f, GetObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            if let Some(version) = request.input.version_id.take() {
                request.input.key = versioned(&request.input.key, &version);
            }
            let held = request.input.if_none_match.take();
            let _alone = self.alone.lock().await;
            let answer = self.files.get_object(request).await?;
            match (held, &answer.output.e_tag) {
                (Some(ETagCondition::ETag(held)), Some(tag)) if held == *tag => {
                    Err(s3_error!(NotModified))
                }
                _ => Ok(answer),
            }
        })
    }

    fn put_object<'s, 'f>(
        &'s self,
        request: S3Request<PutObjectInput>,
    ) -> Answering<'f, PutObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let _alone = self.alone.lock().await;
            self.files.put_object(request).await
        })
    }

    fn delete_object<'s, 'f>(
        &'s self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answering<'f, DeleteObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let _alone = self.alone.lock().await;
            self.files.delete_object(request).await
        })
    }

    fn head_object<'s, 'f>(
        &'s self,
        request: S3Request<HeadObjectInput>,
    ) -> Answering<'f, HeadObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.files.head_object(request)
    }

    fn list_objects_v2<'s, 'f>(
        &'s self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answering<'f, ListObjectsV2Output>
    where
        's: 'f,
        Self: 'f,
    {
        self.files.list_objects_v2(request)
    }
}
