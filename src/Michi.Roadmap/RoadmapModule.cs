using System.Net;
using System.Threading.RateLimiting;
using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Layout;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.Documents;
using Michi.Roadmap.Exchange;
using Michi.Roadmap.Explain;
using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Money;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Roadmap;

/// <summary>The door of planning: vision and targets, challenges, initiatives, scenarios, the optimised roadmap, money, procurement, follow-up.</summary>
public static class RoadmapModule
{
    /// <summary>The rate limit policy of evaluators' links: guessing a secret is hopeless, an office may share one address.</summary>
    internal const string ScoresLimit = "scores";

    public static IServiceCollection AddRoadmap(this IServiceCollection services, Database database, InitiativeLibrary library)
    {
        services.AddDbContext<RoadmapDb>(o => database.Configure(o, "roadmap"));
        services.AddScoped<ModuleDb>(s => s.GetRequiredService<RoadmapDb>());
        services.AddSingleton(library);
        services.AddScoped<PlanBook>();
        services.AddScoped<PlanSubjects>();
        services.AddScoped<ImportPlanFile>();
        services.AddScoped<ExportPlanFile>();
        services.AddScoped<SolvePlan>();
        services.AddScoped<CityInvestments>();
        services.AddSingleton<InvestmentCache>();
        services.AddScoped<SaveProgress>();
        services.AddScoped<DecideGate>();
        services.AddScoped<SendSignal>();
        services.AddScoped<BuildPlanInput>();
        services.AddScoped<StartPlan>();
        services.AddScoped<StartAnalysis>();
        services.AddScoped<AnalysisBook>();
        services.AddScoped<PickPlan>();
        services.AddScoped<AdoptDemonstrationPlan>();
        services.AddScoped<ScenarioBook>();
        services.AddScoped<ChangePlan>();
        services.AddScoped<WhatIf>();
        services.AddSingleton<PlanQueue>();
        services.AddHostedService(s => s.GetRequiredService<PlanQueue>());
        services.AddScoped<InitiativeBook>();
        services.AddScoped<SaveVision>();
        services.AddScoped<ChallengeBook>();
        services.AddScoped<SaveChallenge>();
        services.AddScoped<RetireChallenge>();
        services.AddScoped<Procurement.ProcurementBook>();
        services.AddScoped<Procurement.TenderBook>();
        services.AddScoped<Procurement.TenderSteps>();
        services.AddScoped<Procurement.ScoreBids>();
        services.AddSingleton(new PlaceTab("plan", "roadmap", "roadmap.tab"));
        services.AddSingleton(new PlaceTab("plan", "vision", "vision.tab"));
        services.AddSingleton(new PlaceTab("plan", "challenges", "challenges.tab"));
        services.AddSingleton(new PlaceTab("plan", "initiatives", "initiative.tab"));
        services.AddSingleton(new PlaceTab("plan", "library", "library.tab"));
        services.AddSingleton(new PlaceTab("plan", "scenarios", "scenarios.title", Right.Contribute));
        services.AddSingleton(new PlaceTab("plan", "money", "money.tab"));
        services.AddSingleton(new PlaceTab("plan", "procurement", "procurement.tab", Right.Plan));
        services.AddSingleton(new PlaceTab("plan", "follow-up", "follow-up.tab"));
        services.AddSingleton(new PlaceTab("plan", "plan-file", "plan-file.tab", Right.Contribute));
        services.AddSingleton(new PlaceTab("plan", "investment", "investment.tab", Only: PlaceKind.Country));
        services.Configure<RateLimiterOptions>(o => o.AddPolicy(ScoresLimit, http => HttpMethods.IsGet(http.Request.Method)
            ? RateLimitPartition.GetNoLimiter(IPAddress.None)
            : RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress ?? IPAddress.None, _ => new() { PermitLimit = 600, Window = TimeSpan.FromMinutes(1) })));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(RoadmapModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapRoadmap(this IEndpointRouteBuilder routes)
    {
        InitiativeApi.Map(routes);
        GetRoadmap.Map(routes);
        PlanFileApi.Map(routes);
        ListProgress.Map(routes);
        SaveProgress.Map(routes);
        DecideGate.Map(routes);
        SendSignal.Map(routes);
        VisionApi.Map(routes);
        ChallengesApi.Map(routes);
        ScenarioApi.Map(routes);
        PlanApi.Map(routes);
        WhatIfApi.Map(routes);
        Procurement.TenderApi.Map(routes);
        ExplainApi.Map(routes);
    }

    /// <summary>Imports a plan file; what the program does on the command line. Null where there is no such place.</summary>
    public static async Task<PlanImported?> ImportPlanAsync(this IServiceProvider services, PlanFile file, bool checkOnly, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(file);
        await using var scope = services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync(file.Place, cancel) is not { } place) return null;
        return await scope.ServiceProvider.GetRequiredService<ImportPlanFile>().RunAsync(place, file, checkOnly, cancel);
    }

    /// <summary>Everything a place plans with as a file; null where there is no such place.</summary>
    public static async Task<PlanFile?> ExportPlanAsync(this IServiceProvider services, string slug, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        if (await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().FindAsync(slug, cancel) is not { } place) return null;
        return await scope.ServiceProvider.GetRequiredService<ExportPlanFile>().RunAsync(place, cancel);
    }

    /// <summary>Computes and adopts a plan of a sample city, where it has none.</summary>
    public static async Task AdoptDemonstrationPlanAsync(this IServiceProvider services, string slug, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AdoptDemonstrationPlan>().RunAsync(slug, cancel);
    }

    /// <summary>Computes a plan of a place from what its tables hold, without saving it; what the program does on the command line.</summary>
    public static async Task<(SolvedPlan? Plan, IReadOnlyList<Fault> Faults)> SolvePlanAsync(
        this IServiceProvider services, string slug, SolveSettings settings, Action<string, int> begun, IProgress<PlanProgress> progress, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<SolvePlan>().RunAsync(slug, settings, begun, progress, cancel);
    }
}
