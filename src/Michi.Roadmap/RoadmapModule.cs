using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Layout;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Money;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Vision;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Roadmap;

/// <summary>The door of planning: vision and targets, challenges, initiatives, scenarios, the optimised roadmap, money, procurement, follow-up.</summary>
public static class RoadmapModule
{
    public static IServiceCollection AddRoadmap(this IServiceCollection services, Database database, InitiativeLibrary library)
    {
        services.AddDbContext<RoadmapDb>(o => database.Configure(o, "roadmap"));
        services.AddScoped<ModuleDb>(s => s.GetRequiredService<RoadmapDb>());
        services.AddSingleton(library);
        services.AddScoped<PlanBook>();
        services.AddScoped<CityInvestments>();
        services.AddSingleton<InvestmentCache>();
        services.AddScoped<SaveProgress>();
        services.AddScoped<DecideGate>();
        services.AddScoped<SendSignal>();
        services.AddScoped<BuildPlanInput>();
        services.AddScoped<StartPlan>();
        services.AddScoped<ScenarioBook>();
        services.AddSingleton<PlanQueue>();
        services.AddHostedService(s => s.GetRequiredService<PlanQueue>());
        services.AddScoped<InitiativeBook>();
        services.AddScoped<SaveVision>();
        services.AddSingleton(new PlaceTab("plan", "vision", "vision.tab"));
        services.AddSingleton(new PlaceTab("plan", "roadmap", "roadmap.tab"));
        services.AddSingleton(new PlaceTab("plan", "initiatives", "initiative.tab"));
        services.AddSingleton(new PlaceTab("plan", "library", "library.tab"));
        services.AddSingleton(new PlaceTab("plan", "scenarios", "scenarios.title", Right.Contribute));
        services.AddSingleton(new PlaceTab("plan", "money", "money.tab"));
        services.AddSingleton(new PlaceTab("plan", "follow-up", "follow-up.tab"));
        services.AddSingleton(new PlaceTab("plan", "investment", "investment.tab", Only: PlaceKind.Country));
        services.AddScoped<Procurement.ProcurementBook>();
        services.AddSingleton(new PlaceTab("plan", "procurement", "procurement.tab", Right.Plan));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(RoadmapModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapRoadmap(this IEndpointRouteBuilder routes)
    {
        InitiativeApi.Map(routes);
        ListProgress.Map(routes);
        SaveProgress.Map(routes);
        DecideGate.Map(routes);
        SendSignal.Map(routes);
        VisionApi.Map(routes);
    }
}
