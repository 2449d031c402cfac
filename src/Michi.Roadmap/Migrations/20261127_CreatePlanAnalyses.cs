using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Roadmap.Migrations;

[DbContext(typeof(RoadmapDb))]
[Migration("20261127_CreatePlanAnalyses")]
internal sealed class CreatePlanAnalyses : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("roadmap_plananalyses", t => new
        {
            Id = t.Column<Guid>(),
            PlaceId = t.Column<Guid>(),
            PlanId = t.Column<Guid>(),
            Kind = t.Column<string>(),
            State = t.Column<string>(),
            Findings = t.Column<string>(nullable: true),
            CreatedAt = t.Column<long>(),
            CreatedBy = t.Column<string>(),
            EndedAt = t.Column<long>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_roadmap_plananalyses", a => a.Id));
        migrationBuilder.CreateIndex("IX_roadmap_plananalyses_PlanId_Kind", "roadmap_plananalyses", ["PlanId", "Kind"], unique: true);
    }
}
