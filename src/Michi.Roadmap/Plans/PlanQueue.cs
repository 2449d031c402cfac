using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Michi.Analytics.Planning;
using Michi.Platform.Packs;
using Michi.Roadmap.Explain;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.Roadmap.Plans;

/// <summary>Where a plan under way stands.</summary>
/// <param name="Value">Of the best plan so far; null where there is none.</param>
/// <param name="Bound">No plan is worth more, proved; null where nothing is proved yet.</param>
/// <param name="Share">Of an analysis, how much of it is done, 0–1.</param>
internal sealed record PlanStanding(double Seconds, double? Value, double? Bound, double Share = 0)
{
    public double? Gap => Value is { } value && Bound is { } bound ? Math.Max(0, (bound - value) / Math.Max(Math.Abs(value), 1e-9)) : null;
}

/// <summary>Computes plans in the background, and what is asked of them, one at a time and plans first, on a thread that gives way to the web server.</summary>
/// <remarks>
/// What waits when the program stops is computed after the next start; a plan under way keeps the best found so far, or where the program was killed is marked as stopped. An
/// analysis is begun anew. Why a plan is as it is, or why there is none, is asked of every plan that comes out.
/// </remarks>
internal sealed partial class PlanQueue(IServiceScopeFactory scopes, PackStore packs, TimeProvider clock, ILogger<PlanQueue> logger) : BackgroundService
{
    /// <summary>So many plans may wait.</summary>
    public const int MaxWaiting = 20;

    /// <summary>So many initiatives a plan may choose from.</summary>
    public const int MaxInitiatives = 2000;

    /// <summary>Longest time for one analysis.</summary>
    private static readonly TimeSpan LongestAnalysis = TimeSpan.FromSeconds(90);

    /// <summary>Ids of plans and, after them, of analyses; how many there are is limited where they are begun.</summary>
    private readonly Channel<(bool IsAnalysis, Guid Id)> _waiting = Channel.CreateUnboundedPrioritized<(bool IsAnalysis, Guid Id)>();
    private readonly ConcurrentDictionary<Guid, Run> _running = [];
    private readonly SemaphoreSlim _atOnce = new(1);

    private sealed class Run(CancellationToken ends) : IProgress<PlanProgress>, IProgress<double>
    {
        public CancellationTokenSource Stop { get; } = CancellationTokenSource.CreateLinkedTokenSource(ends);

        public PlanStanding Standing { get; private set; } = new(0, null, null);

        public void Report(PlanProgress value) => Standing = new(value.Time.TotalSeconds, Finite(value.Value), Finite(value.Bound));

        public void Report(double value) => Standing = new(0, null, null, value);

        private static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }

    /// <summary>Puts a saved plan into the queue.</summary>
    public void Enqueue(Guid plan) => _waiting.Writer.TryWrite((false, plan));

    /// <summary>Puts a saved analysis into the queue.</summary>
    public void EnqueueAnalysis(Guid analysis) => _waiting.Writer.TryWrite((true, analysis));

    /// <summary>Where a plan or analysis under way stands; null where it is not under way.</summary>
    public PlanStanding? StandingOf(Guid id) => _running.GetValueOrDefault(id)?.Standing;

    /// <summary>Ends a plan under way with the best found so far; false where it is not under way.</summary>
    public bool Stop(Guid plan)
    {
        if (!_running.TryGetValue(plan, out var run)) return false;
        try
        {
            run.Stop.Cancel();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Solves at once, for someone who waits: only plans looked for so may run beside the queue, one at a time. Null where it is still another's turn after the time to wait.</summary>
    public Task<PlanOutcome?> SolveNowAsync(PlanModel model, PlanSolverOptions options, TimeSpan wait, CancellationToken cancel) =>
        NowAsync(() => OutcomeOf(model, PlanSolver.Solve(model.Problem, options, null, cancel)), wait, cancel);

    /// <summary>Does something that takes seconds of the processor in the same turn.</summary>
    public async Task<T?> NowAsync<T>(Func<T> work, TimeSpan wait, CancellationToken cancel) where T : class
    {
        if (!await _atOnce.WaitAsync(wait, cancel)) return null;
        try
        {
            return await OnThreadAsync(work);
        }
        finally
        {
            _atOnce.Release();
        }
    }

    /// <summary>What came out, in numbers that JSON can carry: where no plan was found, value and bound are 0.</summary>
    public static PlanOutcome OutcomeOf(PlanModel model, PlanSolution solution)
    {
        var found = double.IsFinite(solution.Value);
        return new(solution.Status, found ? model.StartsOf(solution.Starts) : [], found ? solution.Value : 0, double.IsFinite(solution.Bound) ? solution.Bound : found ? double.MaxValue : 0,
            solution.Time.TotalSeconds, solution.Effort, solution.Prices?.Select(r => r.Select(p => double.IsFinite(p) ? p : 0).ToList()).ToList());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ResumeAsync(stoppingToken);
            await foreach (var (isAnalysis, id) in _waiting.Reader.ReadAllAsync(stoppingToken)) await (isAnalysis ? AnalyseAsync(id, stoppingToken) : SolveAsync(id, stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The program stops.
        }
    }

    public override void Dispose()
    {
        _atOnce.Dispose();
        base.Dispose();
    }

    private async Task ResumeAsync(CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
        foreach (var cut in await db.Plans.Where(p => p.State == "running").ToListAsync(cancel)) (cut.State, cut.EndedAt) = ("stopped", clock.GetUtcNow());
        foreach (var cut in await db.PlanAnalyses.Where(a => a.State == "running").ToListAsync(cancel)) cut.State = "waiting";
        await db.SaveChangesAsync(cancel);
        foreach (var plan in await db.Plans.Where(p => p.State == "waiting").Select(p => p.Id).ToListAsync(cancel)) Enqueue(plan);
        foreach (var analysis in await db.PlanAnalyses.Where(a => a.State == "waiting").Select(a => a.Id).ToListAsync(cancel)) EnqueueAnalysis(analysis);
    }

    private async Task SolveAsync(Guid id, CancellationToken ends)
    {
        var run = _running[id] = new(ends);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
            if (await db.Plans.FirstOrDefaultAsync(p => p.Id == id, ends) is not { State: "waiting" } plan) return;
            PlanAnalysis? asked = null;
            plan.State = "running";
            await db.SaveChangesAsync(ends);
            try
            {
                var model = PlanModel.Of(plan.Input, await packs.GetAsync(plan.Input.PackHash, ends));
                var options = new PlanSolverOptions { Seed = plan.Input.Seed, Time = TimeSpan.FromSeconds(plan.Input.Seconds), Start = await StartOfAsync(db, plan, model, ends) };
                plan.Outcome = OutcomeOf(model, await OnThreadAsync(() => PlanSolver.Solve(model.Problem, options, run, run.Stop.Token)));
                plan.State = plan.Outcome.Status == PlanStatus.Infeasible ? "failed" : run.Stop.IsCancellationRequested ? "stopped" : plan.Outcome.Status == PlanStatus.Unknown ? "failed" : "done";
                if (plan.Outcome.Status == PlanStatus.Unknown) plan.Outcome = null;
                if (plan.Kind != "what-if" && (plan.Outcome is { Starts.Count: > 0 } ? "why" : plan.State == "failed" ? "conflict" : null) is { } kind)
                    asked = StartAnalysis.Add(db, plan, kind, plan.CreatedBy, clock.GetUtcNow());
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // One plan that cannot be computed must not stop the others.
                PlanFailed(logger, id, fault);
                plan.State = "failed";
            }
            plan.EndedAt = clock.GetUtcNow();
            await db.SaveChangesAsync(CancellationToken.None);
            if (asked is not null) EnqueueAnalysis(asked.Id);
        }
        finally
        {
            _running.TryRemove(id, out _);
            run.Stop.Dispose();
        }
    }

    private async Task AnalyseAsync(Guid id, CancellationToken ends)
    {
        var run = _running[id] = new(ends);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<RoadmapDb>();
            if (await db.PlanAnalyses.FirstOrDefaultAsync(a => a.Id == id, ends) is not { State: "waiting" } analysis || await db.Plans.AsNoTracking().FirstOrDefaultAsync(p => p.Id == analysis.PlanId, ends) is not { } plan) return;
            analysis.State = "running";
            await db.SaveChangesAsync(ends);
            try
            {
                var pack = await packs.GetAsync(plan.Input.PackHash, ends);
                run.Stop.CancelAfter(LongestAnalysis);
                analysis.Findings = await OnThreadAsync(() => PlanFindings.Of(analysis.Kind, plan.Input, plan.Outcome, pack, run, run.Stop.Token));
                analysis.State = "done";
            }
            catch (Exception fault) when (!ends.IsCancellationRequested)
            {
                AnalysisFailed(logger, analysis.Kind, plan.Id, fault);
                analysis.State = "failed";
            }
            catch (OperationCanceledException)
            {
                // The program stops.
            }
            // What that cut short is begun anew.
            if (ends.IsCancellationRequested) analysis.State = "waiting";
            else analysis.EndedAt = clock.GetUtcNow();
            await db.SaveChangesAsync(CancellationToken.None);
        }
        finally
        {
            _running.TryRemove(id, out _);
            run.Stop.Dispose();
        }
    }

    private static async Task<int[]?> StartOfAsync(RoadmapDb db, Plan plan, PlanModel model, CancellationToken cancel)
    {
        if (plan.BasedOn is not { } id || await db.Plans.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancel) is not { Outcome: { } outcome } before) return null;
        // The two may begin in different quarters; what lies before the later one is begun anew.
        var shift = plan.Input.Scenario.Start.To(before.Input.Scenario.Start);
        return model.StartsOf(outcome.Starts.ToDictionary(s => s.Key, s => Math.Max(-1, s.Value + shift)));
    }

    private static Task<T> OnThreadAsync<T>(Func<T> solve)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            GiveWay();
            try
            {
                done.SetResult(solve());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        })
        { IsBackground = true, Name = "plan", Priority = ThreadPriority.BelowNormal };
        thread.Start();
        return done.Task;
    }

    /// <summary>On Linux .NET leaves thread priorities alone; there a thread is niced by its own number (0 = the caller).</summary>
    private static void GiveWay()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(0, 0, 10);
    }

    [DllImport("libc", EntryPoint = "setpriority"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetPriority(int which, int who, int priority);

    [LoggerMessage(Level = LogLevel.Error, Message = "The plan {Plan} could not be computed.")]
    private static partial void PlanFailed(ILogger logger, Guid plan, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "The analysis {Kind} of the plan {Plan} could not be computed.")]
    private static partial void AnalysisFailed(ILogger logger, string kind, Guid plan, Exception fault);
}
