using Michi.Approach;
using Michi.Platform.Layout;
using Michi.Platform.Storage;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Vision;
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
        services.AddScoped<SaveProgress>();
        services.AddScoped<DecideGate>();
        services.AddScoped<SendSignal>();
        services.AddScoped<BuildPlanInput>();
        services.AddScoped<StartPlan>();
        services.AddSingleton<PlanQueue>();
        services.AddHostedService(s => s.GetRequiredService<PlanQueue>());
        services.AddScoped<SaveVision>();
        services.AddScoped<ChallengeBook>();
        services.AddScoped<SaveChallenge>();
        services.AddScoped<RetireChallenge>();
        services.AddSingleton(new PlaceTab("plan", "vision", "vision.tab"));
        services.AddSingleton(new PlaceTab("plan", "challenges", "challenges.tab"));
        services.AddSingleton(new PlaceTab("plan", "money", "money.tab"));
        services.AddSingleton(new PlaceTab("plan", "follow-up", "follow-up.tab"));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(RoadmapModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapRoadmap(this IEndpointRouteBuilder routes)
    {
        ListProgress.Map(routes);
        SaveProgress.Map(routes);
        DecideGate.Map(routes);
        SendSignal.Map(routes);
        VisionApi.Map(routes);
        ChallengesApi.Map(routes);
    }
}
