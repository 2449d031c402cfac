using System.Threading.Channels;

namespace Michi.CityOs.Storage;

/// <summary>The one who writes: takes what waits, does it as one group, and answers when the group is durable.</summary>
/// <remarks>One thread of its own. A group ends when nothing waits or it has grown large. A fault undoes the whole group, and each of it is tried again for itself.</remarks>
internal abstract class GroupWriter : IDisposable
{
    private readonly Channel<Work> _waiting;
    private readonly Thread _thread;
    private readonly int _mostSize;

    /// <param name="mostSize">Sum of the sizes in one group at most, so that nobody waits long behind others.</param>
    /// <param name="mostWaiting">Works that may wait; more are told to wait at the door.</param>
    protected GroupWriter(string name, int mostSize, int mostWaiting)
    {
        _waiting = Channel.CreateBounded<Work>(new BoundedChannelOptions(mostWaiting) { SingleReader = true });
        _mostSize = mostSize;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Begins to take what waits; last in the constructor.</summary>
    protected void Start() => _thread.Start();

    /// <summary>Does something within a group; ends when it is durable.</summary>
    /// <param name="run">May be called again where the group failed.</param>
    protected async Task<T> RunAsync<T>(Func<T> run, int size, CancellationToken cancel)
    {
        var work = new Work<T>(run, size);
        await _waiting.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    protected abstract void Begin();

    /// <summary>Makes the group durable.</summary>
    protected abstract void Commit();

    /// <summary>The group is durable; nobody was told yet.</summary>
    protected abstract void Committed();

    /// <summary>Undoes the group: nothing of it must be remembered.</summary>
    protected abstract void RollBack();

    /// <summary>Writes what waits, then ends.</summary>
    public virtual void Dispose()
    {
        _waiting.Writer.TryComplete();
        _thread.Join();
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
            Begin();
            foreach (var work in group) work.Run();
            Commit();
        }
        // Whatever it was, whoever waits must be told, and the next group must find nothing half done.
        catch (Exception fault)
        {
            RollBack();
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
