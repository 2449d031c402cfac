using Michi.CityOs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.CityOs;

public sealed class OrderedWorkTests
{
    [Fact]
    public async Task Do_SameKey_RunsOneAfterTheOther()
    {
        using var work = new OrderedWork(hands: 2, NullLogger.Instance);
        var first = new TaskCompletionSource();
        List<int> done = [];

        _ = work.Do("a", async () => { await first.Task; done.Add(1); });
        var second = work.Do("a", () => { done.Add(2); return Task.CompletedTask; });
        await work.Do("b", () => { done.Add(0); return Task.CompletedTask; });
        first.SetResult();
        await second;

        Assert.Equal([0, 1, 2], done);
    }

    [Fact]
    public async Task Dispose_WhileWorkIsUnderWay_BreaksItOffAndCanStillEnd()
    {
        var work = new OrderedWork(hands: 1, NullLogger.Instance);
        var task = work.Do("a", () => Task.Delay(Timeout.Infinite, work.Stop));

        work.Dispose();
        await work.EndAsync();

        Assert.True(task.IsCompletedSuccessfully);
    }
}
