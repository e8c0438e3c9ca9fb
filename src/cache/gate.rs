//! The way from async callers to the folder tier: a bounded number of operations at a time, each in bounded time.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::disk::Disk;
use super::error::Error;
use super::health::Health;

/// A [`Disk`] whose operations run on blocking threads and whose troubles are counted.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    disk: Arc<Disk>,
    permits: Arc<Semaphore>,
    operations: usize,
    patience: Duration,
    runtime: Handle,
    health: Arc<Health>,
}

/// How much of the disk may be in use, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Operations at a time.
    pub(super) operations: usize,
    /// Longest wait of a caller for one operation.
    pub(super) patience: Duration,
}

impl Gate {
    /// The way to `disk` within `bounds`; removes in the background what dead writers left there.
    pub(super) fn new(
        disk: Arc<Disk>,
        bounds: Bounds,
        runtime: Handle,
        health: Arc<Health>,
    ) -> Self {
        let gate = Self {
            disk,
            permits: Arc::new(Semaphore::new(bounds.operations)),
            operations: bounds.operations,
            patience: bounds.patience,
            runtime,
            health,
        };
        gate.clean();
        gate
    }

    /// Runs `operation` on a blocking thread. Where the caller leaves or loses patience it still runs to its end.
    ///
    /// # Errors
    /// Those of the operation; [`Error::Slow`] past the patience; [`Error::Stopped`] where there is no thread.
    pub(super) async fn run<T, F>(&self, operation: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Disk) -> Result<T, Error> + Send + 'static,
    {
        let outcome = self.look(operation).await;
        if let Err(error) = &outcome {
            self.health.disk_failed(error);
        }
        outcome
    }

    /// The same, of which no trouble is counted.
    ///
    /// # Errors
    /// As [`Gate::run`].
    pub(super) async fn look<T, F>(&self, operation: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Disk) -> Result<T, Error> + Send + 'static,
    {
        timeout(self.patience, self.admit(operation))
            .await
            .unwrap_or(Err(Error::Slow))
    }

    async fn admit<T, F>(&self, operation: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Disk) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Error::Stopped)?;
        let disk = Arc::clone(&self.disk);
        let blocking = move || {
            // Held by the thread and not by the caller: a thread that hangs keeps its permit.
            let _permit = permit;
            operation(&disk)
        };
        self.runtime
            .spawn_blocking(blocking)
            .await
            .unwrap_or(Err(Error::Stopped))
    }

    /// Counts a file that failed a check.
    pub(super) fn found_damage(&self) {
        self.health.disk.found_damage();
    }

    /// Waits until all that was begun is over, for `patience` at most; what comes meanwhile waits behind.
    ///
    /// # Errors
    /// [`Error::Slow`] past the patience.
    pub(super) async fn settle(&self, patience: Duration) -> Result<(), Error> {
        let all = u32::try_from(self.operations).unwrap_or(u32::MAX);
        match timeout(patience, self.permits.acquire_many(all)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(Error::Stopped),
            Err(_) => Err(Error::Slow),
        }
    }

    /// Runs `work` on a blocking thread, apart from operations and however long it takes.
    ///
    /// # Errors
    /// Those of the work; [`Error::Stopped`] where there is no thread.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let worked = self.runtime.spawn_blocking(work).await;
        worked.unwrap_or(Err(Error::Stopped))
    }

    fn clean(&self) {
        let (disk, health) = (Arc::clone(&self.disk), Arc::clone(&self.health));
        self.runtime.spawn_blocking(move || {
            if let Err(error) = disk.remove_leftovers() {
                health.disk_failed(&error);
            }
        });
    }
}
