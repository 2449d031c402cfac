using Michi.Approach;
using Michi.Platform.Layout;
using Michi.Platform.Storage;
using Michi.Roadmap.Plans;
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
        services.AddScoped<Procurement.ProcurementBook>();
        services.AddSingleton(new PlaceTab("plan", "money", "money.tab"));
        services.AddSingleton(new PlaceTab("plan", "procurement", "procurement.tab", Michi.Platform.Accounts.Right.Plan));
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(RoadmapModule).Assembly);
        return services;
    }

    /// <summary>Adds the module's API. Called once at start, after <c>UsePlatform</c>.</summary>
    public static void MapRoadmap(this IEndpointRouteBuilder routes)
    {
    }
}
