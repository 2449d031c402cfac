using Michi.Analytics.Planning;
using Michi.Roadmap.Explain;
using Michi.Roadmap.Plans;

namespace Michi.UnitTests.Roadmap;

/// <summary>Questions about plans are bounded in time.</summary>
public sealed class ExplainLimitsTests
{
    /// <summary>2,000 initiatives over 15 years, with half the time an analysis has: each ends when told, with what it has.</summary>
    [Theory, InlineData("why"), InlineData("front"), InlineData("risk")]
    public void Of_TwoThousandInitiatives_EndsSoonAfterItIsTold(string kind)
    {
        var random = new Random(1);
        var elements = PlanScene.Pack.Elements.Select(e => e.Id).ToArray();
        var input = PlanScene.Input(PlanScene.Scenario(60, PlanScene.Source("own", [.. Enumerable.Repeat(20_000.0, 15)])),
            [.. Enumerable.Range(0, 2000).Select(i => ($"i-{i}", PlanScene.Facts($"Initiative {i}", random.Next(1, 9), random.Next(50, 500), random.Next(0, 20), 0, 0.3) with
            {
                Lifts = [new(elements[random.Next(elements.Length)], random.Next(0, 2), 3, [])], Benefits = new() { ["time"] = 2 }, Prerequisites = i % 3 == 0 && i > 10 ? [new($"i-{random.Next(0, i)}", 0)] : [],
            }))]);
        var model = PlanModel.Of(input, PlanScene.Pack);
        var first = PlanSolver.Solve(model.Problem, new() { Effort = 1, Proves = false }, null, TestContext.Current.CancellationToken);
        var outcome = PlanQueue.OutcomeOf(model, first);
        using var stop = new CancellationTokenSource();
        stop.CancelAfter(TimeSpan.FromSeconds(10));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        try
        {
            PlanFindings.Of(kind, input, outcome, PlanScene.Pack, new Progress<double>(), stop.Token);
        }
        catch (OperationCanceledException)
        {
            // A share of fewer futures would look the same.
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {clock.Elapsed.TotalSeconds:0.0} s, {GC.GetTotalMemory(false) / 1e6:0} MB");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }
}
