using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The one who writes to a database: takes what waits, does it in one transaction, and answers after its commit.</summary>
/// <remarks>One thread of its own. A group ends when nothing waits or it has grown large. A fault undoes the whole group, and each of it is tried again for itself.</remarks>
internal abstract class GroupWriter : IDisposable
{
    private readonly Statements _statements;
    private readonly Channel<Work> _waiting;
    private readonly Thread _thread;
    private readonly int _mostSize;

    /// <param name="mostSize">Sum of the sizes in one transaction at most, so that nobody waits long behind others.</param>
    /// <param name="mostWaiting">Works that may wait; more are told to wait at the door.</param>
    protected GroupWriter(SqliteConnection connection, string name, int mostSize, int mostWaiting)
    {
        _statements = new(connection);
        _waiting = Channel.CreateBounded<Work>(new BoundedChannelOptions(mostWaiting) { SingleReader = true });
        _mostSize = mostSize;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Begins to take what waits; last in the constructor.</summary>
    protected void Start() => _thread.Start();

    protected Statement Prepare(string sql) => _statements.Prepare(sql);

    protected long LastId => _statements.LastId;

    /// <summary>Does something within a transaction; ends after its commit.</summary>
    /// <param name="run">May be called again where the transaction failed.</param>
    protected async Task<T> RunAsync<T>(Func<T> run, int size, CancellationToken cancel)
    {
        var work = new Work<T>(run, size);
        await _waiting.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    /// <summary>Last in a transaction.</summary>
    protected abstract void Complete();

    /// <summary>A transaction is kept; nobody was told yet.</summary>
    protected abstract void Committed();

    /// <summary>A transaction was undone: nothing of it must be remembered.</summary>
    protected abstract void RolledBack();

    /// <summary>Writes what waits, then ends.</summary>
    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _thread.Join();
        _statements.Dispose();
    }

    private void Run()
    {
        List<Work> group = [];
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            var size = 0;
            while (size < _mostSize && _waiting.Reader.TryRead(out var work))
            {
                group.Add(work);
                size += work.Size;
            }
            RunGroup(group);
        }
    }

    private void RunGroup(List<Work> group)
    {
        try
        {
            Prepare("BEGIN IMMEDIATE").Run();
            foreach (var work in group) work.Run();
            Complete();
            Prepare("COMMIT").Run();
        }
        // Whatever it was, whoever waits must be told, and the next group must find no transaction open.
        catch (Exception fault)
        {
            try
            {
                Prepare("ROLLBACK").Run();
            }
            catch (SqliteException)
            {
                // The transaction had ended by itself.
            }
            RolledBack();
            if (group.Count == 1)
            {
                group[0].Fail(fault);
                return;
            }
            // One may be at fault for all.
            foreach (var work in group) RunGroup([work]);
            return;
        }
        Committed();
        foreach (var work in group) work.Confirm();
    }

    private abstract class Work(int size)
    {
        public int Size => size;

        public abstract void Run();

        /// <summary>Answers whoever waits: what was done is durable.</summary>
        public abstract void Confirm();

        public abstract void Fail(Exception fault);
    }

    private sealed class Work<T>(Func<T> run, int size) : Work(size)
    {
        private T? _result;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run() => _result = run();

        public override void Confirm() => Done.SetResult(_result!);

        public override void Fail(Exception fault) => Done.TrySetException(fault);
    }
}
